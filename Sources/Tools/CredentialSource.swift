/// Where the secrets of plugins come from: a definition file names them, it never holds them.
public protocol CredentialSource: Sendable {
    /// The secret of that name; nil when there is none. Must not block: it is asked on every call.
    func credential(named name: String) -> String?
}
