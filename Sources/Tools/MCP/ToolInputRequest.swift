import JSON
import Journal

/// What a tool wants to know from a person before it goes on.
///
/// A tool that asks has not been done: once there is an answer, the same call is made again with
/// it. Both parts can be written to the journal, so the wait may take days and survive restarts.
public struct ToolInputRequest: Sendable, Hashable {
    public struct Question: Sendable, Hashable {
        public enum Form: Sendable, Hashable {
            /// Fields to fill in: a flat JSON Schema of type object.
            case fields(schema: JSONValue)
            /// A page to visit; what happens there is not our business.
            case link(url: String)
        }

        /// The server's name for it.
        public var key: String
        /// For the person who answers; content, so not for logs.
        public var message: String
        public var form: Form

        public init(key: String, message: String, form: Form) {
            self.key = key
            self.message = message
            self.form = form
        }
    }

    public var questions: [Question]
    /// The server's own memory of the call, given back with the answer as it is.
    public var state: String?

    public init(questions: [Question], state: String? = nil) {
        self.questions = questions
        self.state = state
    }

    /// Reads a result of the type `input_required`; nil when it asks what no person can answer.
    init?(result: JSONValue) {
        state = result["requestState"]?.stringValue
        questions = []
        for (key, request) in result["inputRequests"]?.objectValue ?? [:] {
            guard request["method"]?.stringValue == "elicitation/create",
                let params = request["params"],
                let question = Question(key: key, params: params)
            else { return nil }
            questions.append(question)
        }
        if questions.isEmpty, state == nil { return nil }
    }
}

extension ToolInputRequest.Question {
    fileprivate init?(key: String, params: JSONValue) {
        guard let message = params["message"]?.stringValue else { return nil }
        if params["mode"]?.stringValue == "url" {
            guard let url = params["url"]?.stringValue else { return nil }
            self.init(key: key, message: message, form: .link(url: url))
        } else {
            self.init(
                key: key, message: message,
                form: .fields(schema: params["requestedSchema"] ?? ["type": "object"]))
        }
    }
}

extension ToolInputRequest: Journalled {
    public init(journalled value: JSONValue) throws {
        let reader = JSONReader(value)
        state = reader.optional("state").flatMap { try? $0.string() }
        questions = []
        for item in try reader.required("questions").array() {
            let form: Question.Form =
                if let url = item.optional("url") {
                    .link(url: try url.string())
                } else {
                    .fields(schema: try item.required("schema").value)
                }
            questions.append(
                Question(
                    key: try item.required("key").string(),
                    message: try item.required("message").string(), form: form))
        }
    }

    /// `{"questions": [{"key", "message", "schema" or "url"}], "state"}`: also what is shown to the
    /// person, without `state`.
    public var journalled: JSONValue {
        let questions: [JSONValue] = questions.map { question in
            var value: JSONValue = [
                "key": .string(question.key), "message": .string(question.message),
            ]
            switch question.form {
            case .fields(let schema): value["schema"] = schema
            case .link(let url): value["url"] = .string(url)
            }
            return value
        }
        var value: JSONValue = ["questions": .array(questions)]
        if let state { value["state"] = .string(state) }
        return value
    }
}
