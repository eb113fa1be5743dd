import FoundationEssentials
import JSON
import Journal

/// What one run of an agent is given.
public struct RunInput: Sendable, Hashable {
    /// What the user asks of this run; nil leaves the agent's own prompt.
    public var userPrompt: String?
    public var inputValues: JSONObject
    /// The job's choice of model; it goes before the agent's preference.
    public var model: String?
    public var executionID: UUID
    /// The run's idea of the present, told to the model. The caller passes the same instant on
    /// every attempt of a job, so that a repeated request is the same request.
    public var now: Date
    /// What the run is told of the past, in every model call it makes; nil tells nothing. The
    /// caller passes the same on every attempt of a job, as with `now`.
    public var memory: MemoryContext?

    public init(
        userPrompt: String? = nil, inputValues: JSONObject = [:], model: String? = nil,
        executionID: UUID, now: Date, memory: MemoryContext? = nil
    ) {
        self.userPrompt = userPrompt
        self.inputValues = inputValues
        self.model = model
        self.executionID = executionID
        self.now = now
        self.memory = memory
    }

    /// Reads the payload of an agentkit or orchestrator job:
    /// `{"input_values"?: object, "user_prompt"?: string, "model"?: string}`.
    ///
    /// `defaultInputValues` stand in when the payload has none. Throws an `invalid_payload`
    /// failure that names the field, such as `payload.input_values must be an object, not array`.
    public init(
        payload: JSONValue, executionID: UUID, now: Date, defaultInputValues: JSONObject = [:]
    ) throws(RunFailure) {
        guard case .object = payload else {
            throw .invalid(
                "PAYLOAD_INVALID", "payload must be an object, not \(payload.typeName)")
        }
        let fields = FieldReader(payload, path: "payload", code: "PAYLOAD_INVALID")
        self.init(
            userPrompt: try fields.string("user_prompt"),
            inputValues: try fields.object("input_values") ?? defaultInputValues,
            model: try fields.string("model"),
            executionID: executionID,
            now: now)
    }
}
