/// Cuts texts that are handed to a model.
public enum ToolText {
    /// The text, or its beginning and a mark: together at most `limit` Unicode scalars (a mark that
    /// does not fit is left out).
    public static func cut(_ text: String, to limit: Int) -> String {
        let count = text.unicodeScalars.count
        guard count > limit else { return text }
        // The mark's own length depends on the figure in it; the whole count is an upper bound.
        let room = limit - mark(count).unicodeScalars.count
        guard room > 0 else { return String(text.unicodeScalars.prefix(max(0, limit))) }
        return String(text.unicodeScalars.prefix(room)) + mark(count - room)
    }

    private static func mark(_ missing: Int) -> String { "… [cut: \(missing) characters more]" }
}
