import JSON

/// Scripted replies: the first entry that matches and has uses left answers.
struct Script {
    /// In order of precedence.
    private(set) var entries: [ScriptEntry] = []
    /// Answers what no entry answers; nil: the built-in behaviour.
    private(set) var fallback: ScriptEntry?
    /// How often each entry answered.
    private(set) var uses: [Int] = []
    /// How often the fallback answered.
    private(set) var fallbackUses = 0

    /// No entries: the built-in behaviour answers everything.
    init() {}

    /// Reads `{"replies":[…], "default":{…}}`.
    init(_ json: JSONValue) throws(ScriptError) {
        guard let object = json.objectValue else {
            throw ScriptError(path: "", reason: "the script must be an object")
        }
        try ScriptError.checkKeys(object, known: ["replies", "default"], path: "")
        if let replies = object["replies"], !replies.isNull {
            guard let list = replies.arrayValue else {
                throw ScriptError(path: "replies", reason: "must be an array")
            }
            for (index, entry) in list.enumerated() {
                entries.append(try ScriptEntry(entry, path: "replies[\(index)]"))
            }
        }
        if let value = object["default"], !value.isNull {
            fallback = try ScriptEntry(value, path: "default")
        }
        uses = Array(repeating: 0, count: entries.count)
    }

    /// Reads the text of a script file.
    init(text: [UInt8]) throws(ScriptError) {
        do {
            try self.init(JSONValue(parsing: text))
        } catch let error as ScriptError {
            throw error
        } catch {
            throw ScriptError(path: "", reason: "not JSON: \(error)")
        }
    }

    /// The entry that answers this request, and its position (-1: the default). Counts the use.
    mutating func take(
        path: String, chat: ChatRequestBody?
    ) -> (entry: ScriptEntry, position: Int)? {
        for (index, entry) in entries.enumerated()
        where entry.matches(path: path, chat: chat) && uses[index] < entry.times ?? Int.max {
            uses[index] += 1
            return (entry, index)
        }
        guard let fallback, fallback.matches(path: path, chat: chat),
            fallbackUses < fallback.times ?? Int.max
        else { return nil }
        fallbackUses += 1
        return (fallback, -1)
    }

    /// How often each entry answered, as `GET /stub/script` shows it.
    var usesJSON: JSONValue {
        ["uses": .array(uses.map { .init($0) }), "default": .init(fallbackUses)]
    }
}
