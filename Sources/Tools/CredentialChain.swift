/// Several sources, asked in order.
public struct CredentialChain: CredentialSource {
    private let sources: [any CredentialSource]

    /// The first source that has a secret gives it.
    public init(_ sources: [any CredentialSource]) {
        self.sources = sources
    }

    /// The sources of a process: the directory `AGENT_WORKER_CREDENTIALS_DIR`, then systemd's
    /// `CREDENTIALS_DIRECTORY`, then variables.
    public init(environment: [String: String]) {
        let directories = ["AGENT_WORKER_CREDENTIALS_DIR", "CREDENTIALS_DIRECTORY"]
            .compactMap { environment[$0] }.filter { !$0.isEmpty }
        sources =
            directories.map { DirectoryCredentials(directory: $0) }
            + [EnvironmentCredentials(environment: environment)]
    }

    public func credential(named name: String) -> String? {
        for source in sources {
            if let secret = source.credential(named: name) { return secret }
        }
        return nil
    }
}
