import HTTP
import Journal

/// The server behind a plugin, as its definition file describes it.
struct MCPServerDefinition: Sendable {
    enum Transport: Sendable {
        /// A child process; its environment is this and nothing else.
        case stdio(command: [String], environment: [(name: String, value: TextTemplate)])
        case http(
            url: String, headers: [(name: String, value: TextTemplate)], policy: AddressPolicy)
    }

    var transport: Transport
    /// nil leaves the limit to `ToolLimits`.
    var timeout: Duration?
    /// The tools agents may use, by the server's names; nil is all of them.
    var allowedTools: Set<String>?
    /// What the operator knows better than the server's annotations.
    var effects: [String: SideEffect]

    var credentialNames: [String] {
        switch transport {
        case .stdio(_, let environment): environment.flatMap(\.value.credentials)
        case .http(_, let headers, _): headers.flatMap(\.value.credentials)
        }
    }
}
