import HTTPTestSupport
import JSON
import Synchronization

/// A canned server over streamable HTTP, one answer a message.
final class HTTPPeer: Sendable {
    enum Era { case legacy, modern }

    /// A `tools/call` as it came.
    struct Call {
        var request: CannedRequest
        var message: JSONValue
        /// Counted from 1.
        var number: Int

        var id: JSONValue { message["id"] ?? .null }
        func result(_ text: String) -> JSONValue {
            HTTPPeer.reply(id, ["content": [["type": "text", "text": .string(text)]]])
        }
    }

    let server: CannedServer

    init(
        _ era: Era, tools: JSONValue = tools, streams: Bool = false,
        get: @escaping @Sendable (CannedRequest) -> CannedAnswer = { _ in .response(status: 405, "")
        },
        call: @escaping @Sendable (Call) -> CannedAnswer
    ) throws {
        let calls = Mutex(0)
        let sessions = Mutex(0)
        server = try CannedServer { request in
            guard request.method == "POST", let message = try? JSONValue(parsing: request.body)
            else { return get(request) }
            let id = message["id"] ?? .null
            switch (message["method"]?.stringValue, era) {
            case ("server/discover", .modern):
                return .response(
                    Self.reply(id, ["supportedVersions": ["2026-07-28"]]).serialized)
            case ("initialize", .legacy):
                let number = sessions.withLock { number in
                    number += 1
                    return number
                }
                let reply = Self.reply(
                    id, ["protocolVersion": "2025-06-18", "capabilities": [:]])
                return Self.answer(
                    reply, streams: streams, headers: [("Mcp-Session-Id", "session-\(number)")])
            case ("tools/list", _):
                return Self.answer(Self.reply(id, ["tools": tools]), streams: streams)
            case ("tools/call", _):
                let number = calls.withLock { number in
                    number += 1
                    return number
                }
                return call(Call(request: request, message: message, number: number))
            case (_, .legacy) where id.isNull || message["method"] == nil:
                return .response(status: 202, "")
            default:
                // As an old server answers to what it does not know: without an id of ours.
                return .response(
                    status: 400,
                    #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"?"}}"#)
            }
        }
    }

    var definition: JSONValue { ["url": .string(server.baseURL + "/mcp")] }

    func messages(_ method: String) -> [(request: CannedRequest, message: JSONValue)] {
        server.requests.compactMap { request in
            guard let message = try? JSONValue(parsing: request.body),
                message["method"]?.stringValue == method
            else { return nil }
            return (request, message)
        }
    }

    static let tools: JSONValue = [
        ["name": "act", "inputSchema": ["type": "object"]],
        [
            "name": "read", "inputSchema": ["type": "object"],
            "annotations": ["readOnlyHint": true],
        ],
        [
            "name": "größe",
            "inputSchema": [
                "type": "object",
                "properties": [
                    "region": ["type": "string", "x-mcp-header": "Region"],
                    "deep": [
                        "type": "object",
                        "properties": ["n": ["type": "integer", "x-mcp-header": "N"]],
                    ],
                ],
            ],
        ],
        // An annotation that breaks the rules: not offered.
        [
            "name": "bad",
            "inputSchema": [
                "type": "object",
                "properties": ["a": ["type": "number", "x-mcp-header": "A"]],
            ],
        ],
    ]

    static func reply(_ id: JSONValue, _ result: JSONValue) -> JSONValue {
        ["jsonrpc": "2.0", "id": id, "result": result]
    }

    static func event(_ message: JSONValue, id: String? = nil) -> String {
        (id.map { "id: \($0)\n" } ?? "") + "event: message\ndata: \(message.serialized)\n\n"
    }

    static func stream(_ events: String, headers: [(String, String)] = []) -> CannedAnswer {
        .response(headers: [("Content-Type", "text/event-stream")] + headers, events)
    }

    static func answer(
        _ reply: JSONValue, streams: Bool, headers: [(String, String)] = []
    ) -> CannedAnswer {
        if streams { return stream(": hello\n\n" + event(reply), headers: headers) }
        return .response(
            headers: [("Content-Type", "application/json")] + headers, reply.serialized)
    }
}
