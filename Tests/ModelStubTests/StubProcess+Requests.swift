import JSON
import Testing

extension StubProcess {
    /// Sends a request on a connection of its own and reads to the end.
    func exchange(
        _ method: String, _ target: String, headers: [String: String] = [:], body: String = ""
    ) throws -> (reply: RawReply?, ending: RawClient.Ending, bytes: [UInt8]) {
        let client = try RawClient(port: port)
        client.request(method, target, headers: headers, body: body)
        let ending = client.readToEnd()
        return (RawReply(client.received), ending, client.received)
    }

    /// The reply to a request that is answered in full.
    func reply(
        _ method: String, _ target: String, headers: [String: String] = [:], body: String = ""
    ) throws -> RawReply {
        try #require(try exchange(method, target, headers: headers, body: body).reply)
    }

    /// The reply to a chat completions request.
    func chat(_ body: JSONValue = .chat("Hello"), fault: String? = nil) throws -> RawReply {
        try reply(
            "POST", "/v1/chat/completions", headers: fault.map { ["x-stub-fault": $0] } ?? [:],
            body: body.serialized)
    }

    /// The log of requests.
    var requests: JSONValue {
        get throws { try reply("GET", "/stub/requests").json }
    }

    /// Asks for the log until it fulfils the condition; false after 500 times.
    func requests(until condition: (JSONValue) -> Bool) throws -> Bool {
        for _ in 0..<500 where condition(try requests) { return true }
        return false
    }
}

extension JSONValue {
    /// A chat completions request with one message.
    static func chat(_ text: String, model: String = "gpt-4o") -> JSONValue {
        [
            "model": .string(model),
            "messages": [["role": "user", "content": .string(text)]],
        ]
    }

    /// The same object with one more member.
    func with(_ key: String, _ value: JSONValue) -> JSONValue {
        var copy = self
        copy[key] = value
        return copy
    }
}
