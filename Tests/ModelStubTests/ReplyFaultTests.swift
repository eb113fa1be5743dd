import JSON
import Testing

@Suite("Faults of the status and the content")
struct ReplyFaultTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    @Test(
        "an error status comes with the provider's code",
        arguments: [
            ("status:400", 400, "context_length_exceeded"), ("status:401", 401, "invalid_api_key"),
            ("status:404", 404, "model_not_found"), ("status:429", 429, "rate_limit_exceeded"),
            ("429:7", 429, "rate_limit_exceeded"), ("quota", 429, "insufficient_quota"),
            ("status:503", 503, "slow_down"), ("status", 500, nil), ("status:529", 529, nil),
        ] as [(String, Int, String?)])
    func statuses(fault: String, status: Int, code: String?) throws {
        let reply = try stub.chat(fault: fault)
        #expect(reply.status == status)
        #expect(reply.json["error"]?["code"] == code.map { .string($0) } ?? JSONValue.null)
        #expect(reply.json["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    @Test("the three forms of Retry-After")
    func retryAfter() throws {
        #expect(try stub.chat(fault: "429:7").headers["retry-after"] == "7")
        #expect(try stub.chat(fault: "429huge").headers["retry-after"] == "86400")
        let date = try stub.chat(fault: "429date:5").headers["retry-after"] ?? ""
        #expect(date.hasSuffix(" GMT"))
        #expect(date.count == "Sun, 06 Nov 1994 08:49:37 GMT".count)
        #expect(try stub.chat(fault: "quota").headers["retry-after"] == nil)
    }

    @Test("badjson and html200 are a 200 that is no reply", arguments: ["badjson", "html200"])
    func notJSON(fault: String) throws {
        let reply = try stub.chat(fault: fault)
        #expect(reply.status == 200)
        #expect(!reply.body.isEmpty)
        #expect(reply.json == .null)
    }

    @Test(
        "poison in words stands in the reply's own JSON",
        arguments: [("nul", #"Hello\u0000""#), ("surrogate", #"Hello\ud800""#)])
    func poisonInWords(fault: String, expected: String) throws {
        #expect(try stub.chat(fault: fault).text.contains(expected))
    }

    @Test("invalidutf8 sends bytes that are not UTF-8")
    func invalidUTF8() throws {
        let reply = try stub.chat(fault: "invalidutf8")
        #expect(reply.body.firstRange(of: [0xC3, 0x28]) != nil)
        #expect(String(validating: reply.body, as: UTF8.self) == nil)
    }

    @Test(
        "poison in structured output stands in the JSON inside the string",
        arguments: [
            ("nul", #"{"title":"sample title\u0000","count":1}"#),
            ("surrogate", #"{"title":"sample title\ud800","count":1}"#),
            ("overflow", #"{"title":"sample title","count":1e999999}"#),
            ("deep:3", #"{"title":"sample title","count":[[[]]]}"#),
        ])
    func poisonInJSON(fault: String, expected: String) throws {
        let request = JSONValue.chat("Hello").with("response_format", Self.format)
        #expect(try stub.chat(request, fault: fault).content == expected)
    }

    @Test("poison in tool arguments stands in the JSON inside the string")
    func poisonInArguments() throws {
        let request = JSONValue.chat("Hello").with("tools", [Self.tool])
        let message = try stub.chat(request, fault: "overflow").message
        #expect(
            message?["tool_calls"]?[0]?["function"]?["arguments"] == #"{"count":1e999999}"#)
    }

    @Test("deep content is as deep as asked for")
    func deep() throws {
        let content = try stub.chat(fault: "deep:50000").content ?? ""
        #expect(content.filter { $0 == "[" }.count == 50_000)
    }

    @Test("poison reaches tool results too", arguments: ["nul", "surrogate"])
    func poisonInToolResult(fault: String) throws {
        let reply = try stub.reply(
            "GET", "/tools/items?count=1", headers: ["x-stub-fault": fault])
        let escape = fault == "nul" ? #"Item 1\u0000"# : #"Item 1\ud800"#
        #expect(reply.text.contains(escape))
    }

    @Test("usage can be missing, negative or beyond 32 bits")
    func usage() throws {
        #expect(try stub.chat(fault: "nousage").json["usage"] == nil)
        #expect(try stub.chat(fault: "negativeusage").json["usage"]?["prompt_tokens"] == -7)
        let huge = try stub.chat(fault: "hugeusage").json["usage"]?["total_tokens"]?.intValue
        #expect(huge == 18_000_000_000)
    }

    @Test("contentfilter, refusal and length change what the message says")
    func messages() throws {
        let filtered = try stub.chat(fault: "contentfilter").json["choices"]?[0]
        #expect(filtered?["finish_reason"] == "content_filter")
        #expect(filtered?["message"]?["content"] == JSONValue.null)
        let refused = try stub.chat(fault: "refusal").json["choices"]?[0]
        #expect(refused?["finish_reason"] == "stop")
        #expect(refused?["message"]?["refusal"]?.stringValue?.isEmpty == false)
        let cut = try stub.chat(fault: "length").json["choices"]?[0]
        #expect(cut?["finish_reason"] == "length")
        #expect(cut?["message"]?["content"] == "This is the stub'")
    }

    @Test("a fault comes from the header, before the model's name")
    func precedence() throws {
        let request = JSONValue.chat("Hello", model: "gpt-4o!status:503")
        #expect(try stub.chat(request).status == 503)
        #expect(try stub.chat(request, fault: "status:404").status == 404)
        #expect(try stub.requests["recent"]?[0]?["model"] == "gpt-4o")
        #expect(try stub.requests["recent"]?[0]?["fault"] == "status:503")
    }

    @Test("an unknown fault is refused by name")
    func unknown() throws {
        let reply = try stub.chat(fault: "nosuch")
        #expect(reply.status == 400)
        #expect(reply.text.contains("nosuch"))
    }

    @Test("--fault-rate strikes its share, the same requests each time")
    func faultRate() throws {
        func run() throws -> [Int] {
            let stub = try StubProcess("--fault", "status:503", "--fault-rate", "0.5")
            return try (0..<40).map { _ in try stub.chat().status }
        }
        let first = try run()
        #expect((8...32).contains(first.count { $0 == 503 }))
        #expect(try run() == first)
    }

    private static let format: JSONValue = [
        "type": "json_schema",
        "json_schema": [
            "name": "note",
            "schema": [
                "type": "object", "required": ["title", "count"],
                "properties": ["title": ["type": "string"], "count": ["type": "integer"]],
            ],
        ],
    ]

    private static let tool: JSONValue = [
        "type": "function",
        "function": [
            "name": "crm__list",
            "parameters": [
                "type": "object", "required": ["count"],
                "properties": ["count": ["type": "integer"]],
            ],
        ],
    ]
}
