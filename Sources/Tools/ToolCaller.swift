import HTTP
import JSON
import JSONSchema

/// Calls the actions of plugins.
public struct ToolCaller: Sendable {
    /// What may be called.
    public let catalog: ToolCatalog
    private let http: HTTPClient
    private let credentials: any CredentialSource
    private let limits: ToolLimits
    let mcp: MCPServers?

    /// `mcp` are the servers of the catalogue's MCP plugins; without it those have no tools.
    public init(
        catalog: ToolCatalog, http: HTTPClient, credentials: any CredentialSource,
        limits: ToolLimits = ToolLimits(), mcp: MCPServers? = nil
    ) {
        self.catalog = catalog
        self.http = http
        self.credentials = credentials
        self.limits = limits
        self.mcp = mcp
    }

    /// Calls an action once. Never throws and never repeats: the caller decides by
    /// `ToolError.isRetryable`, with the same `idempotencyKey` for the same call, which an
    /// idempotent action passes on to its service. Cancelling the task aborts the call.
    ///
    /// Whether an agent may use the plugin is the caller's to check.
    public func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
    ) async -> ToolResult {
        await call(
            plugin: plugin, action: action, arguments: arguments, idempotencyKey: idempotencyKey,
            answer: nil)
    }

    /// As above, made again with a person's answer to what the action asked for
    /// (`ToolResult.inputRequest`).
    public func call(
        plugin: String, action actionName: String, arguments: JSONValue, idempotencyKey: String,
        answer: ToolInputAnswer?
    ) async -> ToolResult {
        let clock = ContinuousClock()
        let start = clock.now
        var result: ToolResult
        if catalog.plugin(plugin)?.mcp != nil, let mcp {
            result = await mcp.call(
                plugin: plugin, action: actionName, arguments: arguments,
                idempotencyKey: idempotencyKey, answer: answer)
            result.duration = clock.now - start
            return result
        }
        do {
            let action = try find(plugin: plugin, action: actionName)
            let arguments = try checked(arguments, for: action)
            let request = try RequestBuilder(
                action: action, arguments: arguments, credentials: credentials, limits: limits
            ).request(idempotencyKey: idempotencyKey)
            result = await send(request, for: action)
        } catch {
            result = .failure(error)
        }
        result.duration = clock.now - start
        return result
    }

    private func find(plugin: String, action: String) throws(ToolError) -> ToolAction {
        guard catalog.plugin(plugin) != nil else {
            throw ToolError(
                code: ToolError.Code.pluginNotAvailable, message: "no such plugin is installed",
                detail: "plugins: \(catalog.pluginNames.joined(separator: ", "))")
        }
        guard let found = catalog.action(plugin: plugin, action: action) else {
            throw ToolError(
                code: ToolError.Code.actionNotFound,
                message: "plugin \(plugin) has no such action")
        }
        return found
    }

    /// The arguments with the schema's defaults, after every check of the definition.
    private func checked(
        _ arguments: JSONValue, for action: ToolAction
    ) throws(ToolError) -> JSONValue {
        let arguments = ArgumentDefaults.fill(arguments, schema: action.parameters)
        let errors = action.schema.validate(arguments)
        guard errors.isEmpty else {
            throw ToolError(
                code: ToolError.Code.validation,
                message: "the arguments do not fit the schema of \(action.functionName)",
                detail: errors.map { "\($0.instancePath): \($0.message)" }.joined(separator: "\n"))
        }
        for block in action.blocks where block.condition.holds(for: arguments) {
            throw ToolError(code: ToolError.Code.blocked, message: block.message)
        }
        return arguments
    }

    private func send(_ request: HTTPRequest, for action: ToolAction) async -> ToolResult {
        do {
            var response = try await http.send(request)
            response.body = SecretMask(action: action, credentials: credentials)
                .masked(response.body)
            return ToolAnswer(action: action, response: response).result()
        } catch {
            return .failure(ToolError(error, action: action))
        }
    }
}
