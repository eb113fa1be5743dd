import HTTP
import JSON
import Testing

@testable import Tools

@Suite("From arguments to a request")
struct RequestBuilderTests {
    private func build(
        _ request: JSONValue, _ arguments: JSONValue,
        credentials: [String: String] = ["KEY": "s3cret"], limits: ToolLimits = ToolLimits()
    ) throws -> HTTPRequest {
        let action = try Definitions.action(Definitions.file(request: request))
        return try RequestBuilder(
            action: action, arguments: arguments,
            credentials: FixedCredentials(values: credentials), limits: limits
        ).request(idempotencyKey: "run/1")
    }

    @Test(
        "arguments are percent-encoded into the path and can never leave their component",
        arguments: [
            ("7", "https://h/m/7/x"), ("a b", "https://h/m/a%20b/x"),
            ("../../admin", "https://h/m/..%2F..%2Fadmin/x"),
            ("a?b=c#d", "https://h/m/a%3Fb%3Dc%23d/x"),
            ("@evil.example", "https://h/m/%40evil.example/x"), ("ü%", "https://h/m/%C3%BC%25/x"),
            ("...", "https://h/m/.../x"), ("a\r\nb", "https://h/m/a%0D%0Ab/x"),
        ])
    func path(id: String, url: String) throws {
        let request = try build(
            ["method": "GET", "url": "https://h/m/{{id}}/x"], ["id": .string(id)])
        #expect(request.url == url)
    }

    @Test(
        "empty parts, dot segments and structures have no place in a path",
        arguments: ["", ".", "..", nil, [], [:]] as [JSONValue])
    func badPath(id: JSONValue) {
        let error = #expect(throws: ToolError.self) {
            try build(["method": "GET", "url": "https://h/m/{{id}}"], ["id": id])
        }
        #expect(error?.code == ToolError.Code.validation)
    }

    @Test("query parameters: absent ones are left out, arrays repeat")
    func query() throws {
        let request = try build(
            [
                "method": "GET", "url": "https://h/m?fixed=1",
                "query": [
                    "to": "{{to}}", "s": "{{subject}}", "label": "is:{{id}} {{subject}}",
                    "n": "{{count}}", "b": true, "k": "{{credential:KEY}}",
                ],
            ], ["id": "a&b", "to": ["x y", "z"], "count": 3])
        #expect(
            request.url
                == "https://h/m?fixed=1&to=x%20y&to=z&label=is%3Aa%26b%20&n=3&b=true&k=s3cret")
    }

    @Test("in a body whole placeholders keep their type, absent ones leave their member out")
    func body() throws {
        let request = try build(
            [
                "method": "POST", "url": "https://h/m",
                "body": [
                    "to": "{{to}}", "n": "{{count}}", "f": "{{flag}}", "s": "{{subject}}",
                    "t": "Re: {{subject}}{{id}} ({{count}}) {{to}}", "deep": ["{{options.a}}", 1],
                    "null": .null,
                ],
            ], ["id": "\"x", "to": ["a"], "count": 3, "flag": false, "options": ["a": [1]]])
        #expect(
            try JSONValue(parsing: request.body ?? []) == [
                "to": ["a"], "n": 3, "f": false, "t": "Re: \"x (3) [\"a\"]", "deep": [[1], 1],
                "null": .null,
            ])
        #expect(request.headers["Content-Type"] == "application/json")
    }

    @Test("headers carry credentials, and no argument can add a line to them")
    func headers() throws {
        let template: JSONValue = [
            "method": "GET", "url": "https://h/m",
            "headers": ["Authorization": "Bearer {{credential:KEY}}", "X-S": "{{subject}}"],
        ]
        let request = try build(template, ["id": "1"])
        #expect(request.headers["Authorization"] == "Bearer s3cret")
        #expect(request.headers["X-S"] == nil)
        let injected = #expect(throws: ToolError.self) {
            try build(template, ["id": "1", "subject": "a\r\nX-Evil: 1"])
        }
        #expect(injected?.code == ToolError.Code.validation)
        let missing = #expect(throws: ToolError.self) {
            try build(template, ["id": "1"], credentials: [:])
        }
        #expect(missing?.code == ToolError.Code.authFailed)
        #expect(missing?.message == "the credential KEY of plugin mail is not configured")
    }

    @Test(
        "only idempotent actions send an Idempotency-Key",
        arguments: [
            ("GET", nil, "run/1"), ("POST", nil, nil), ("POST", true, "run/1"),
            ("GET", false, nil), ("DELETE", nil, nil),
        ] as [(String, Bool?, String?)])
    func idempotency(method: String, declared: Bool?, key: String?) throws {
        let request = try build(
            [
                "method": .string(method), "url": "https://h/m",
                "idempotent": declared.map { .bool($0) } ?? .null,
            ], [:])
        #expect(request.headers["Idempotency-Key"] == key)
    }

    @Test("limits: the template's time, capped, and the size of the body")
    func limits() throws {
        let limits = ToolLimits(
            timeout: .seconds(5), maxTimeout: .seconds(20), maxResponseBytes: 77,
            maxRequestBytes: 20)
        var template: JSONValue = ["method": "POST", "url": "https://h/m", "body": "{{subject}}"]
        let plain = try build(template, ["subject": "short"], limits: limits)
        #expect(plain.totalTimeout == .seconds(5) && plain.idleTimeout == .seconds(5))
        #expect(plain.maxBodyBytes == 77)
        template["timeout_ms"] = 60_000
        #expect(try build(template, [:], limits: limits).totalTimeout == .seconds(20))
        let error = #expect(throws: ToolError.self) {
            try build(template, ["subject": "longer than twenty bytes"], limits: limits)
        }
        #expect(error?.code == ToolError.Code.validation)
    }

    @Test("without allow_addresses only public addresses may be reached")
    func policy() throws {
        let file = Definitions.file(
            request: ["method": "GET", "url": "https://h/m"], allow: [])
        #expect(try Definitions.action(file).request.addressPolicy == .publicOnly)
    }
}
