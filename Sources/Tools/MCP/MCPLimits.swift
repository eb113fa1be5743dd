/// Limits of the servers behind MCP plugins, beside those of every call (`ToolLimits`).
public struct MCPLimits: Sendable, Hashable {
    /// From the start of a server to its readiness: process, era, handshake.
    public var startTimeout: Duration = .seconds(60)
    /// How long a stdio server may be silent to the question which era it speaks; then it is taken
    /// for one of the old era. Asked once per server and process.
    public var probeTimeout: Duration = .seconds(15)
    /// How long a stopped server has before SIGTERM, and once more before SIGKILL.
    public var shutdownGrace: Duration = .seconds(2)
    /// How long a list of tools is used when the server does not say.
    public var catalogueLifetime: Duration = .seconds(300)
    /// No server is believed for longer.
    public var maxCatalogueLifetime: Duration = .seconds(86_400)
    /// The most tools taken from one server; more make the list a fault.
    public var maxTools = 500
    /// The most pages of a list.
    public var maxPages = 100
    /// The longest pause before a server that keeps dying is started again. The pauses are
    /// 0.25, 0.5, 1, 2 … seconds.
    public var maxRestartPause: Duration = .seconds(30)
    /// What may wait to be written to a server that does not read, in bytes.
    public var maxQueuedBytes = 8 << 20
    /// How often one call is repeated because the server asked for it with a state and no
    /// questions.
    public var maxRounds = 3

    public init() {}

    /// The pause before a start that follows so many failures in a row.
    func restartPause(after failures: Int) -> Duration {
        guard failures > 0 else { return .zero }
        return min(.milliseconds(250) * (1 << min(failures - 1, 16)), maxRestartPause)
    }
}
