import JSON
import Journal

/// Reads a job's payload; every failure names the field and what to give instead.
struct PayloadFields {
    private let payload: JSONValue

    init(_ payload: JSONValue) {
        self.payload = payload
    }

    static func failure(_ message: String) -> RunFailure {
        RunFailure(.invalidPayload, code: "INVALID_PAYLOAD", message: message, isPermanent: true)
    }

    func checkSize(limit: Int) throws(RunFailure) {
        guard payload.objectValue != nil else {
            throw Self.failure("payload must be a JSON object, not \(payload.typeName)")
        }
        let size = payload.serializedBytes.count
        guard size <= limit else {
            throw Self.failure("payload has \(size) bytes: at most \(limit) are allowed")
        }
    }

    func prompt(limit: Int) throws(RunFailure) -> String {
        guard let prompt = try text("prompt") else {
            throw Self.failure("payload.prompt is missing: give the text to generate from")
        }
        guard !prompt.isBlank else {
            throw Self.failure("payload.prompt is blank: give the text to generate from")
        }
        let length = prompt.unicodeScalars.count
        guard length <= limit else {
            throw Self.failure(
                "payload.prompt has \(length) characters: at most \(limit) are allowed")
        }
        return prompt
    }

    /// A text that may be absent, but not blank.
    func string(_ key: String) throws(RunFailure) -> String? {
        guard let text = try text(key) else { return nil }
        guard !text.isBlank else {
            throw Self.failure("payload.\(key) is blank: leave it out or give a value")
        }
        return text
    }

    func object(_ key: String) throws(RunFailure) -> JSONValue? {
        guard let value = present(key) else { return nil }
        guard value.objectValue != nil else {
            throw Self.failure("payload.\(key) must be an object, not \(value.typeName)")
        }
        return value
    }

    private func text(_ key: String) throws(RunFailure) -> String? {
        guard let value = present(key) else { return nil }
        guard let text = value.stringValue else {
            throw Self.failure("payload.\(key) must be a string, not \(value.typeName)")
        }
        return text
    }

    private func present(_ key: String) -> JSONValue? {
        payload[key]?.unlessNull
    }
}
