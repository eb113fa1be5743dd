import JSON
import Models

/// How much a provider is asked for beyond plain text. It starts with everything and gives up what
/// the provider refuses to be asked for, for the rest of the run. Such a refusal (400 or 422)
/// costs nothing, so it is no try.
struct CallShape {
    private enum Output {
        case schema, object, text
    }

    private var output: Output
    private var sendsTemperature = true
    private let schema: JSONValue?

    /// `schema` is nil when the agent schema cannot be expressed for structured output.
    init(schema: JSONValue?) {
        self.schema = schema
        output = schema == nil ? .object : .schema
    }

    /// Whether the prompt must show the schema because the request does not carry it.
    var showsSchema: Bool { output != .schema }

    var responseFormat: ResponseFormat {
        switch output {
        case .schema:
            guard let schema else { return .jsonObject }
            return .jsonSchema(name: "agent", schema: schema, strict: true)
        case .object: return .jsonObject
        case .text: return .text
        }
    }

    func temperature(_ wanted: Double) -> Double? { sendsTemperature ? wanted : nil }

    /// Gives up what the error complains about; false when that is nothing of ours.
    mutating func adapt(to error: ModelError) -> Bool {
        guard error.status == 400 || error.status == 422 else { return false }
        let complaint = "\(error.providerCode ?? "") \(error.message)".lowercased()
        if sendsTemperature, complaint.contains("temperature") {
            sendsTemperature = false
            return true
        }
        guard Self.words.contains(where: { complaint.contains($0) }) else { return false }
        switch output {
        case .schema: output = .object
        case .object: output = .text
        case .text: return false
        }
        return true
    }

    private static let words = [
        "response_format", "json_schema", "json_object", "output_format", "output_config",
        "structured output",
    ]
}
