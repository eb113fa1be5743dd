import Models

/// Takes the secrets of a request out of its answer: some services repeat them in their errors.
struct SecretMask {
    /// Shorter ones would blank ordinary words.
    private static let minBytes = 6

    private let secrets: [[UInt8]]

    /// Masks the secrets that `action` sends.
    init(action: ToolAction, credentials: any CredentialSource) {
        self.init(names: action.request.credentialNames, credentials: credentials)
    }

    /// Masks the secrets of these names.
    init(names: [String], credentials: any CredentialSource) {
        secrets = names.compactMap { credentials.credential(named: $0) }
            .map { Array($0.utf8) }.filter { $0.count >= Self.minBytes }
    }

    func masked(_ body: [UInt8]) -> [UInt8] {
        secrets.reduce(body) { body, secret in
            body.contains(secret) ? body.replacing(secret, with: Redaction.mark.utf8) : body
        }
    }
}
