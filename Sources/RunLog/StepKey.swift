import Journal

/// A step's key as the table's index can hold it.
enum StepKey {
    /// An index entry has room for about 2,700 bytes; keys are made of names that users chose.
    static let longest = 400

    /// The key itself, or the beginning of one that is too long with the fingerprint of all of it.
    static func stored(_ key: String) -> String {
        let key = key.utf8.contains(0) ? key.replacing("\0", with: "\u{FFFD}") : key
        guard key.utf8.count > longest else { return key }
        return "\(key.prefix(longest / 5))~\(Fingerprint.of(key))"
    }
}
