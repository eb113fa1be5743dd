/// What the steps of a nested list see, and who sees them.
enum BlockScope: Sendable, Hashable {
    /// They see what their step sees; later steps see them.
    case shared
    /// As `shared`, but they run once per element of an array, which they see as `current`, `item`
    /// and under this name, if there is one; later steps do not see them.
    case element(name: String?)
    /// They see what their step sees; later steps do not see them.
    case inherited
    /// They see only one another and inputs of their own; their ids are a world of their own.
    case isolated

    /// Whether steps after the nesting one may refer to these.
    var isExported: Bool { self == .shared }
}
