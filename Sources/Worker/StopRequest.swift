/// What the worker is asked to do by a signal.
public enum StopRequest: Sendable {
    /// Claim no more; let running jobs end.
    case drain
    /// Stop running jobs now and give them back.
    case interrupt
}
