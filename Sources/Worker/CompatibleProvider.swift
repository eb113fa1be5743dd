/// A further server of the Chat Completions API (`AGENT_WORKER_COMPATIBLE_PROVIDERS`).
public struct CompatibleProvider: Sendable {
    public var name: String
    public var url: String
    /// nil: it is asked without one.
    public var key: String?

    /// The variable of its key: the name in capitals, everything but letters and digits as `_`,
    /// and `_API_KEY`.
    var keyVariable: String { Self.variablePrefix(name) + "_API_KEY" }

    /// The systemd credential of its key: the variable in small letters.
    var credential: String { keyVariable.lowercased() }

    /// Whether another provider's key is in that variable, so that it would be sent to a server it
    /// was not made for.
    static func isTaken(_ name: String, by others: [CompatibleProvider]) -> Bool {
        let prefix = variablePrefix(name)
        return ["OPENAI", "ANTHROPIC", "AZURE", "AZURE_OPENAI"].contains(prefix)
            || others.contains { variablePrefix($0.name) == prefix }
    }

    private static func variablePrefix(_ name: String) -> String {
        String(
            name.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9": Character(scalar)
                default: "_"
                }
            }
        ).uppercased()
    }
}
