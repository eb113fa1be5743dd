import FoundationEssentials
import Journal

/// What came of the intent of a call.
enum OpenedCall: Sendable {
    /// Committed under this id: the call may be made. `isCharged`: a budget has something reserved
    /// for it.
    case opened(UUID, isCharged: Bool)
    /// A budget has no room: nothing was written, and the call must not be made.
    case held(Suspension)
    /// The attempt is no longer the caller's: the call must not be made.
    case lost
}
