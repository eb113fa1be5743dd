import FoundationEssentials

/// Secrets from the files of a directory, one file each, named for the secret: what systemd's
/// `LoadCredential=` makes of `$CREDENTIALS_DIRECTORY`.
///
/// The files are read once, here, so that a call never waits for a disk; a rotated secret is
/// picked up by making a new source.
public struct DirectoryCredentials: CredentialSource {
    /// The largest file taken for a secret, in bytes.
    private static let maxBytes = 64 << 10

    private let values: [String: String]

    /// Reads every file of the directory; what cannot be read, is empty, too large or no UTF-8 is
    /// no secret. A missing directory has none.
    public init(directory: String) {
        let files = FileManager.default
        var values: [String: String] = [:]
        for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
            guard CredentialName.isValid(name),
                let data = files.contents(atPath: "\(directory)/\(name)"),
                data.count <= Self.maxBytes,
                let text = String(validating: Array(data), as: UTF8.self)
            else { continue }
            let secret = Self.withoutLineEnd(text)
            if !secret.isEmpty { values[name] = secret }
        }
        self.values = values
    }

    public func credential(named name: String) -> String? { values[name] }

    /// Editors and `echo` end a file with a line end that is not part of the secret.
    private static func withoutLineEnd(_ text: String) -> String {
        var scalars = Substring(text).unicodeScalars
        while let last = scalars.last, last == "\n" || last == "\r" { scalars.removeLast() }
        return String(scalars)
    }
}
