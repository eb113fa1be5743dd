import EventLoop
import HTTP

/// Makes connections to one server.
struct MCPOpener: Sendable {
    let definition: MCPServerDefinition
    let loop: EventLoop
    let http: HTTPClient
    let credentials: any CredentialSource
    let limits: ToolLimits
    let mcp: MCPLimits

    /// Starts the process, or does nothing yet: HTTP servers are first spoken to by the handshake.
    func open(
        onListChange: @escaping @Sendable () -> Void
    ) async throws(MCPFault) -> any MCPConnection {
        let mask = SecretMask(names: definition.credentialNames, credentials: credentials)
        switch definition.transport {
        case .stdio(let command, let environment):
            var variables: [String] = []
            for (name, value) in environment {
                let text = try value.filled(credentials: credentials)
                guard !text.utf8.contains(0) else {
                    throw MCPFault(.unavailable("the variable \(name) has a NUL"))
                }
                variables.append("\(name)=\(text)")
            }
            return try await StdioConnection.open(
                command, environment: variables, loop: loop, limits: limits, mcp: mcp, mask: mask,
                onListChange: onListChange)
        case .http(let url, let headers, let policy):
            var fields: [(name: String, value: String)] = []
            for (name, value) in headers {
                fields.append((name, try value.filled(credentials: credentials)))
            }
            return HTTPConnection(
                url: url, headers: fields, policy: policy, client: http, limits: limits,
                mask: mask, onListChange: onListChange)
        }
    }
}
