import EventLoop
import HTTP
import JSON
import Journal

/// The servers of all plugins that have one. A process makes one of these, and shuts it down: the
/// servers that are child processes end with it.
public final class MCPServers: Sendable {
    private let servers: [String: MCPServer]
    private let limits: ToolLimits
    private let mcp: MCPLimits

    /// Nothing is started yet. `loop` carries the pipes and the deadlines, `http` the servers that
    /// are reached by HTTP.
    public init(
        catalog: ToolCatalog, loop: EventLoop, http: HTTPClient,
        credentials: any CredentialSource, limits: ToolLimits = ToolLimits(),
        mcp: MCPLimits = MCPLimits()
    ) {
        self.limits = limits
        self.mcp = mcp
        var servers: [String: MCPServer] = [:]
        for name in catalog.pluginNames {
            guard let definition = catalog.plugin(name)?.mcp else { continue }
            servers[name] = MCPServer(
                plugin: name,
                opener: MCPOpener(
                    definition: definition, loop: loop, http: http, credentials: credentials,
                    limits: limits, mcp: mcp))
        }
        self.servers = servers
    }

    /// Stops every server, all at once; calls in flight fail, later ones too.
    public func shutdown() async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers.values { group.addTask { await server.shutdown() } }
        }
    }

    /// Loads the tools of these plugins where they are not known or too old; the error is that of
    /// the first plugin without tools.
    func prepare(plugins: [String]) async throws(ToolError) {
        let deadline = ContinuousClock.now + mcp.startTimeout * 2
        let errors = await withTaskGroup(of: (String, ToolError?).self) { group in
            for server in plugins.compactMap({ servers[$0] }) {
                group.addTask {
                    do throws(MCPFault) {
                        _ = try await server.currentTools(until: deadline)
                        return (server.plugin, nil)
                    } catch {
                        return (server.plugin, ToolError(error, function: server.plugin))
                    }
                }
            }
            var errors: [String: ToolError] = [:]
            for await (plugin, error) in group { errors[plugin] = error }
            return errors
        }
        if let error = plugins.lazy.compactMap({ errors[$0] }).first { throw error }
    }

    /// The tools as last listed; nil when they have not been.
    func tools(plugin: String) -> [MCPTool]? { servers[plugin]?.tools?.tools }

    /// Calls a tool once, within the time limit of the definition; a server that is not running is
    /// started first.
    func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String,
        answer: ToolInputAnswer?
    ) async -> ToolResult {
        let function = "\(plugin)__\(action)"
        guard let server = servers[plugin] else {
            return .failure(ToolError(MCPFault(.shutdown), function: function))
        }
        let timeout = min(server.definition.timeout ?? limits.timeout, limits.maxTimeout)
        return await MCPCall(
            server: server, action: action, function: function,
            deadline: .now + timeout, idempotencyKey: idempotencyKey, maxRounds: mcp.maxRounds
        ).result(arguments, answer: answer)
    }
}
