import JSON

/// Mends what a model wrote where that needs no judgement, so that no correction round is paid
/// for it. It never makes content up, and it never touches what the user wrote.
///
/// | found | done |
/// |---|---|
/// | a field the model may not write, or one the schema does not know | left out |
/// | `null` | taken as absent |
/// | the object wrapped in another, as `{"agent": {…}}` | unwrapped |
/// | a text longer than `maxLength` where `x-truncate` allows it | cut between words |
/// | a number outside `minimum` … `maximum` | the nearer limit |
/// | a text marked `x-slug` with other characters | lower case, hyphens, cut to `maxLength` |
/// | a heading of level 1 or 2 where `x-no-headings` forbids it | lowered to level 3 |
struct AgentRepair {
    private let schema: AgentSchema
    private let writable: Set<String>
    private(set) var notes: [String] = []

    init(schema: AgentSchema, mode: GenerationMode) {
        self.schema = schema
        writable = Set(schema.writable(on: mode))
    }

    /// The fields a reply sets, mended; a `null` says that the field is not to be set.
    mutating func fields(of reply: JSONObject) -> JSONObject {
        var fields = JSONObject()
        for (name, value) in unwrapped(reply) {
            guard writable.contains(name) else {
                notes.append("\(name.cut(to: 60)): not a field to be written, left out")
                continue
            }
            fields[name] = mended(value, schema.properties[name], name)
        }
        return fields
    }

    private func unwrapped(_ reply: JSONObject) -> JSONObject {
        guard reply.count == 1, let name = reply.keys.first, schema.properties[name] == nil,
            let inner = reply[name]?.objectValue
        else { return reply }
        return inner
    }

    private mutating func mended(
        _ value: JSONValue, _ schema: JSONValue?, _ path: String
    ) -> JSONValue {
        guard let schema else { return value }
        switch value {
        case .string(let text): return .string(mended(text, schema, path))
        case .number(let number): return .number(mended(number, schema, path))
        case .array(let items):
            var mendedItems: [JSONValue] = []
            for (index, item) in items.enumerated() {
                mendedItems.append(mended(item, schema["items"], "\(path).\(index)"))
            }
            return .array(mendedItems)
        case .object(let members):
            var mendedMembers = JSONObject()
            for (name, member) in members where !member.isNull {
                mendedMembers[name] = mended(
                    member, schema["properties"]?[name], "\(path).\(name)")
            }
            return .object(mendedMembers)
        case .null, .bool: return value
        }
    }

    private mutating func mended(
        _ text: String, _ schema: JSONValue, _ path: String
    ) -> String {
        var text = text
        let limit = schema["maxLength"]?.intValue
        if schema["x-slug"]?.boolValue == true {
            let slug = Self.slug(text, limit: limit)
            if slug != text, !slug.isEmpty {
                notes.append("\(path): brought to letters, digits and hyphens")
                text = slug
            }
        }
        if let limit, schema["x-truncate"]?.boolValue == true, text.unicodeScalars.count > limit {
            text = text.trimmed.cut(to: limit)
            notes.append("\(path): cut to \(limit) characters")
        }
        if schema["x-no-headings"]?.boolValue == true, Headings.areTooHigh(in: text) {
            text = Headings.lowered(text)
            notes.append("\(path): headings lowered to level 3")
        }
        return text
    }

    private mutating func mended(
        _ number: JSONNumber, _ schema: JSONValue, _ path: String
    ) -> JSONNumber {
        var mended = number
        if case .number(let least)? = schema["minimum"], number < least { mended = least }
        if case .number(let most)? = schema["maximum"], number > most { mended = most }
        if mended != number { notes.append("\(path): set to \(mended.text)") }
        return mended
    }

    private static func slug(_ text: String, limit: Int?) -> String {
        let runs = text.lowercased().utf8.split { byte in
            !(0x61...0x7A).contains(byte) && !(0x30...0x39).contains(byte)
        }
        let slug = runs.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
        let cut = limit.map { String(slug.prefix($0)) } ?? slug
        return cut.hasSuffix("-") ? String(cut.dropLast()) : cut
    }
}
