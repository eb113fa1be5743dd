import JSON
import Journal

extension Scope {
    /// Replaces the references in every string of a value. A string that is one reference becomes
    /// its value; within a text, strings go in as they are and all else as JSON. What a reference
    /// brings in is not read again, so data cannot smuggle references in.
    func render(_ value: JSONValue) throws(RunFailure) -> JSONValue {
        switch value {
        case .string(let text):
            return try render(text)
        case .array(let elements):
            var rendered: [JSONValue] = []
            for element in elements { rendered.append(try render(element)) }
            return .array(rendered)
        case .object(let object):
            var rendered = JSONObject()
            for (key, member) in object { rendered[key] = try render(member) }
            return .object(rendered)
        case .null, .bool, .number:
            return value
        }
    }

    func render(_ text: String) throws(RunFailure) -> JSONValue {
        let template: Template
        do { template = try Template(text) } catch {
            throw .workflow(.variableResolution, error.message)
        }
        if let whole = template.whole { return try value(of: whole) }
        return .string(try self.text(of: template))
    }

    func text(of template: Template) throws(RunFailure) -> String {
        var text = ""
        for piece in template.pieces {
            switch piece {
            case .text(let literal): text += literal
            case .reference(let reference):
                let value = try value(of: reference)
                text += value.stringValue ?? value.serialized
            }
        }
        return text
    }

    /// Reads a field that names a value: besides a template it may be a bare reference, such as
    /// `step1.data.items`, if its root exists; any other text is itself.
    func renderField(_ field: JSONValue) throws(RunFailure) -> JSONValue {
        if let reference = Self.bareReference(field), isRoot(reference.root) {
            return try value(of: reference)
        }
        return try render(field)
    }

    /// The reference of a text without braces that could be one; a lone word could, too.
    static func bareReference(_ field: JSONValue) -> Reference? {
        guard let text = field.stringValue, !text.contains("{{") else { return nil }
        return try? Reference(text)
    }

    private func isRoot(_ name: String) -> Bool {
        outputs[name] != nil || named[name] != nil || Root(rawValue: name) != nil
    }
}
