/// Secrets from variables: `AGENT_WORKER_CREDENTIAL_<NAME>`, the name in upper case with `_` for
/// everything that is not a letter or digit. For quick starts: children inherit variables, and the
/// operating system shows them.
public struct EnvironmentCredentials: CredentialSource {
    private static let prefix = "AGENT_WORKER_CREDENTIAL_"

    private let values: [String: String]

    /// Keeps the variables of `environment` that are credentials.
    public init(environment: [String: String]) {
        values = environment.filter { $0.key.hasPrefix(Self.prefix) && !$0.value.isEmpty }
    }

    public func credential(named name: String) -> String? {
        let upper = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return values[Self.prefix + String(upper)]
    }
}
