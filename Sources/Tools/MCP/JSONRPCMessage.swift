import JSON

/// A JSON-RPC 2.0 message as a server sends it.
enum JSONRPCMessage: Sendable {
    case result(id: JSONValue, JSONValue)
    /// The id is null, or a text of the server's own, when it could not read ours.
    case error(id: JSONValue, JSONRPCError)
    case request(id: JSONValue, method: String)
    case notification(method: String)

    /// nil for what is no such message.
    init?(_ value: JSONValue) {
        guard case .object(let members) = value, members["jsonrpc"]?.stringValue == "2.0" else {
            return nil
        }
        if let method = members["method"]?.stringValue {
            self =
                members["id"].map { .request(id: $0, method: method) }
                ?? .notification(method: method)
        } else if let error = members["error"] {
            self = .error(id: members["id"] ?? .null, JSONRPCError(error))
        } else if let result = members["result"], let id = members["id"] {
            self = .result(id: id, result)
        } else {
            return nil
        }
    }

    static func request(id: Int, method: String, params: JSONValue) -> JSONValue {
        var message: JSONValue = [
            "jsonrpc": "2.0", "id": JSONValue(id), "method": .string(method),
        ]
        if params != [:] { message["params"] = params }
        return message
    }

    static func notification(_ method: String, params: JSONValue = [:]) -> JSONValue {
        var message: JSONValue = ["jsonrpc": "2.0", "method": .string(method)]
        if params != [:] { message["params"] = params }
        return message
    }

    /// Takes a request back.
    static func cancellation(of id: Int) -> JSONValue {
        notification("notifications/cancelled", params: ["requestId": JSONValue(id)])
    }

    /// The answer to a server's own request: it may ask whether we live, nothing else.
    static func answer(toRequest id: JSONValue, method: String) -> JSONValue {
        if method == "ping" { return ["jsonrpc": "2.0", "id": id, "result": [:]] }
        return [
            "jsonrpc": "2.0", "id": id,
            "error": ["code": -32601, "message": "This client has no such method."],
        ]
    }
}
