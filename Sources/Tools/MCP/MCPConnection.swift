import JSON

/// A way to a server, by pipes or by HTTP.
protocol MCPConnection: Sendable {
    /// Sends a request and waits for the result to it. Given up at the deadline or with the task,
    /// it is taken back as the era and the way demand.
    func exchange(
        _ request: MCPRequest, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> JSONValue

    /// Sends a notification.
    func notify(
        _ method: String, era: MCPEra, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault)

    /// Whether another request makes sense.
    var isOpen: Bool { get async }

    /// Ends the session, and the process if there is one; returns when it is gone.
    func close() async
}
