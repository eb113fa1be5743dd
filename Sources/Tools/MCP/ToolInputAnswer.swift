import JSON
import Journal

/// A person's answer to a `ToolInputRequest`, for the call that is made again with it.
public struct ToolInputAnswer: Sendable, Hashable {
    /// By the question's key: `{"action": "accept" | "decline" | "cancel", "content": {…}}`.
    public var responses: JSONObject
    /// The request's state.
    public var state: String?

    public init(responses: JSONObject, state: String?) {
        self.responses = responses
        self.state = state
    }

    /// Every question accepted: with the fields under its key, or, when there is one question only,
    /// with the fields themselves.
    public init(accepting request: ToolInputRequest, _ fields: JSONObject) {
        var responses = JSONObject()
        for question in request.questions {
            var response: JSONValue = ["action": "accept"]
            if case .fields = question.form {
                let own = fields[question.key]?.objectValue
                response["content"] = .object(
                    own ?? (request.questions.count == 1 ? fields : [:]))
            }
            responses[question.key] = response
        }
        self.init(responses: responses, state: request.state)
    }

    /// Every question refused; the tool then says how it ends.
    public init(declining request: ToolInputRequest) {
        var responses = JSONObject()
        for question in request.questions { responses[question.key] = ["action": "decline"] }
        self.init(responses: responses, state: request.state)
    }
}

extension ToolInputAnswer: Journalled {
    public init(journalled value: JSONValue) throws {
        let reader = JSONReader(value)
        responses = try reader.required("responses").object()
        state = reader.optional("state").flatMap { try? $0.string() }
    }

    public var journalled: JSONValue {
        var value: JSONValue = ["responses": .object(responses)]
        if let state { value["state"] = .string(state) }
        return value
    }
}
