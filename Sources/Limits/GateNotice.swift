import Journal

/// What somebody who runs the worker should hear of its gate.
public enum GateNotice: Sendable, Hashable {
    /// A refusal of a call of this worker closed a model to the fleet.
    case closed(ProviderModel, ProviderRefusal.Kind, reason: String, for: Duration)
    /// This worker learned that an account is stopped.
    case stopped(ProviderModel, line: String)
    /// This worker learned that a cool-down is over.
    case opened(ProviderModel)
    /// The headers of an answer taught the limits of a model, per minute.
    case learned(ProviderModel, requests: Double?, tokens: Double?)
    /// The database could not be asked or told.
    case failed(String)
}
