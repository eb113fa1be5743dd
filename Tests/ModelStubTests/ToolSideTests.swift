import JSON
import Testing

@Suite("The tool side")
struct ToolSideTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    @Test("echo returns the body, the method and the query")
    func echo() throws {
        let reply = try stub.reply("PUT", "/tools/echo?a=b%20c&d=e+f", body: #"{"x":1}"#).json
        #expect(reply["echo"] == ["x": 1])
        #expect(reply["items"] == [["x": 1]])
        #expect(reply["method"] == "PUT")
        #expect(reply["query"] == ["a": "b c", "d": "e f"])
        #expect(reply["headers"]?["host"] == "stub")
    }

    @Test("items gives as many as asked for, in the query or in the body")
    func items() throws {
        #expect(try stub.reply("GET", "/tools/items?count=2").json["items"]?[1]?["id"] == 2)
        let posted = try stub.reply("POST", "/tools/items", body: #"{"count":4}"#).json
        #expect(posted["items"]?.arrayValue?.count == 4)
        #expect(try stub.reply("GET", "/tools/items").json["count"] == 3)
    }

    @Test("slow answers after its time")
    func slow() throws {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try stub.reply("GET", "/tools/slow?ms=120").json["waited_ms"] == 120)
        #expect(clock.now - start >= .milliseconds(120))
    }

    @Test("status answers with the status", arguments: [200, 204, 304, 404, 429, 503])
    func status(status: Int) throws {
        #expect(try stub.reply("GET", "/tools/status/\(status)").status == status)
    }

    @Test("a status that is none is not found", arguments: ["abc", "99", ""])
    func noStatus(text: String) throws {
        #expect(try stub.reply("GET", "/tools/status/\(text)").status == 404)
    }

    @Test("counter counts the calls with each idempotency key, and a reset forgets them")
    func counter() throws {
        func count(_ key: String) throws -> JSONValue? {
            try stub.reply("POST", "/tools/counter", headers: ["Idempotency-Key": key])
                .json["count"]
        }
        #expect(try count("a") == 1)
        #expect(try count("a") == 2)
        #expect(try count("b") == 1)
        #expect(try stub.reply("POST", "/tools/counter").json["calls"] == 4)
        #expect(try stub.requests["recent"]?[0]?["idempotency_key"] == "a")
        _ = try stub.reply("DELETE", "/stub/requests")
        #expect(try count("a") == 1)
    }
}
