import JSON

/// What the log keeps of one request. Never a body or a credential.
struct RequestRecord {
    /// Counts from 1 since the start.
    let number: Int
    let method: String
    let path: String
    /// The model asked for, without a fault suffix; nil where the model is not asked.
    var model: String?
    /// The status sent; nil when a fault answered without one.
    var status: Int?
    /// The fault that answered, as written.
    var fault: String?
    /// The position, from 0, of the script's entry that answered; -1 for its default.
    var scriptEntry: Int?
    /// The client asked for a stream.
    var streams = false
    let bodyBytes: Int
    /// An `Authorization` or `x-api-key` header was there.
    let hasAuthorization: Bool
    let idempotencyKey: String?
    /// Milliseconds since the server started.
    let receivedAt: Int
    /// How long the answer took; nil while it is being given.
    var durationMs: Int?
    /// The client closed the connection before the whole answer was sent.
    var clientClosed = false

    /// The record as `GET /stub/requests` shows it.
    var json: JSONValue {
        [
            "n": .init(number),
            "method": .string(method),
            "path": .string(path),
            "model": model.map { .string($0) } ?? .null,
            "status": status.map { .init($0) } ?? .null,
            "fault": fault.map { .string($0) } ?? .null,
            "script_entry": scriptEntry.map { .init($0) } ?? .null,
            "stream": .bool(streams),
            "body_bytes": .init(bodyBytes),
            "authorization": .bool(hasAuthorization),
            "idempotency_key": idempotencyKey.map { .string($0) } ?? .null,
            "received_ms": .init(receivedAt),
            "duration_ms": durationMs.map { .init($0) } ?? .null,
            "client_closed": .bool(clientClosed),
        ]
    }
}
