import JSON

/// One entry of a script: which requests it answers, how often, and with what.
struct ScriptEntry {
    /// Requests for exactly this model.
    var model: String?
    /// Requests with this text in any message.
    var contains: String?
    /// Requests whose last message has this role: `user` before the first tool call, `tool` after.
    var role: String?
    /// Requests for exactly this path; nil: the model, by whichever protocol.
    var path: String?
    /// How often the entry answers; nil: always.
    var times: Int?
    /// The reply; nil: the built-in one.
    var reply: ScriptReply?
    /// The usage object in the reply, as it is.
    var usage: JSONValue?
    /// The fault that accompanies the reply.
    var fault: Fault?
    /// In place of `--latency`.
    var latency: Duration?
    /// Extra header lines.
    var headers: [(String, String)] = []

    /// Reads an entry; `path` names its place in the script for errors.
    init(_ json: JSONValue, path place: String) throws(ScriptError) {
        guard let object = json.objectValue else {
            throw ScriptError(path: place, reason: "must be an object")
        }
        try ScriptError.checkKeys(
            object,
            known: [
                "match", "times", "reply", "usage", "fault", "latency_ms", "headers", "comment",
            ],
            path: place)
        if let match = object["match"] {
            guard let members = match.objectValue else {
                throw ScriptError(path: "\(place).match", reason: "must be an object")
            }
            try ScriptError.checkKeys(
                members, known: ["model", "contains", "role", "path"], path: "\(place).match")
            model = try Self.text(members["model"], "\(place).match.model")
            contains = try Self.text(members["contains"], "\(place).match.contains")
            role = try Self.text(members["role"], "\(place).match.role")
            path = try Self.text(members["path"], "\(place).match.path")
        }
        times = try Self.count(object["times"], "\(place).times")
        if let value = object["reply"], !value.isNull {
            reply = try ScriptReply(value, path: "\(place).reply")
        }
        usage = object["usage"]
        latency = try Self.count(object["latency_ms"], "\(place).latency_ms")
            .map { .milliseconds($0) }
        if let name = try Self.text(object["fault"], "\(place).fault") {
            do {
                fault = try Fault(parsing: name)
            } catch {
                throw ScriptError(path: "\(place).fault", reason: error.description)
            }
        }
        for (name, value) in object["headers"]?.objectValue ?? [:] {
            headers.append((name, value.stringValue ?? value.serialized))
        }
    }

    /// Says whether the entry answers this request, its uses aside.
    func matches(path requested: String, chat: ChatRequestBody?) -> Bool {
        if let path {
            if path != requested { return false }
        } else if chat == nil {
            return false
        }
        if let model, chat?.model != model { return false }
        if let role, chat?.messages.last?.role != role { return false }
        if let contains, chat?.mentions(contains) != true { return false }
        return true
    }

    private static func text(
        _ value: JSONValue?, _ place: String
    ) throws(ScriptError) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.stringValue else {
            throw ScriptError(path: place, reason: "must be a string")
        }
        return text
    }

    private static func count(_ value: JSONValue?, _ place: String) throws(ScriptError) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let count = value.intValue, (0...1_000_000_000).contains(count) else {
            throw ScriptError(path: place, reason: "must be a count")
        }
        return count
    }
}
