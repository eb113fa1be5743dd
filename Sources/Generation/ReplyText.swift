import JSON

/// Reads the JSON object in a model's reply: the whole text, or the one fenced block in it.
enum ReplyText {
    /// The object, or the fault to carry back.
    static func object(in content: String?) -> Result<JSONObject, ReplyFault> {
        guard let content, !content.isBlank else {
            return .failure(ReplyFault("the reply is empty"))
        }
        let text = fenced(content) ?? content.trimmed
        do {
            let value = try JSONValue(parsing: text)
            guard let object = value.objectValue else {
                return .failure(
                    ReplyFault("the reply must be a JSON object, not \(value.typeName)"))
            }
            return .success(object)
        } catch {
            return .failure(ReplyFault("the reply is not JSON: \(error)"))
        }
    }

    /// Not `isNewline`: a JSON string may hold a bare U+2028, which is no line of the fence's.
    private static let breaks: [Character] = ["\n", "\r\n", "\r"]

    /// The content of the only Markdown fence; nil when there is none, or more than one. Fences
    /// inside a JSON string cannot be mistaken for one, because a line break is escaped there.
    private static func fenced(_ content: String) -> String? {
        let lines = content.split(omittingEmptySubsequences: false) { breaks.contains($0) }
        let marks = lines.indices.filter {
            lines[$0].drop(while: \.isWhitespace).hasPrefix("```")
        }
        guard marks.count == 2 else { return nil }
        return lines[marks[0] + 1..<marks[1]].joined(separator: "\n")
    }
}
