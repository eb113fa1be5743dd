import FoundationEssentials

/// Texts in the headers that repeat parts of a request in the new era.
enum HeaderText {
    /// Printable ASCII as it is; everything else, blank ends, and what looks encoded already, as
    /// `=?base64?…?=`.
    static func encode(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.first != " "
            && text.last != " " && !(text.hasPrefix("=?base64?") && text.hasSuffix("?="))
        return isPlain ? text : "=?base64?\(Data(text.utf8).base64EncodedString())?="
    }
}
