import JSON

/// One request to a server, before it has an id.
struct MCPRequest: Sendable {
    var method: String
    var params: JSONObject
    /// nil while it is still being found out: then the envelope is that of the method itself.
    var era: MCPEra?
    /// The tool a call is for: HTTP's `Mcp-Name`.
    var toolName: String?
    /// Arguments that a tool wants repeated in headers, HTTP in the new era only.
    var parameterHeaders: [(name: String, value: String)] = []
    /// Whether a request that is given up is taken back with a notification; the handshake's is not.
    var isCancellable = true

    init(_ method: String, _ params: JSONObject = [:], era: MCPEra?, toolName: String? = nil) {
        self.method = method
        self.params = params
        self.era = era
        self.toolName = toolName
        isCancellable = era != nil
    }

    /// The question that tells the eras apart.
    static let discovery: MCPRequest = {
        var request = MCPRequest("server/discover", era: .modern)
        request.isCancellable = false
        return request
    }()

    /// The handshake of the old era. No capability: nobody answers a question within a call.
    static let initialization = MCPRequest(
        "initialize",
        [
            "protocolVersion": .string(MCPEra.newestLegacyVersion), "capabilities": [:],
            "clientInfo": clientInfo,
        ], era: nil)

    /// The params as they are sent: in the new era with the envelope.
    var wireParams: JSONValue {
        guard era == .modern else { return .object(params) }
        var params = params
        var meta = params["_meta"]?.objectValue ?? [:]
        let prefix = "io.modelcontextprotocol/"
        meta[prefix + "protocolVersion"] = .string(MCPEra.modernVersion)
        // A question to a person is waited for outside the call; see `ToolInputRequest`.
        meta[prefix + "clientCapabilities"] = ["elicitation": ["form": [:], "url": [:]]]
        meta[prefix + "clientInfo"] = Self.clientInfo
        params["_meta"] = .object(meta)
        return .object(params)
    }

    private static let clientInfo: JSONValue = ["name": "agent-worker", "version": "1"]
}
