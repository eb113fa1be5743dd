import FoundationEssentials
import JSON
import Testing

@testable import Tools

@Suite("Plugin definition files")
struct ToolCatalogTests {
    private static let request: JSONValue = ["method": "GET", "url": "https://h.example/x"]

    @Test("a good file gives functions named for plugin and action")
    func good() throws {
        let catalog = try Definitions.catalog(Definitions.file(request: Self.request))
        #expect(catalog.pluginNames == ["mail"])
        let definitions = catalog.definitions(plugins: ["absent", "mail"])
        #expect(definitions.map(\.name) == ["mail__send"])
        #expect(definitions.first?.description == "Sends a message. When asked to write.")
        #expect(definitions.first?.parameters == Definitions.parameters)
        #expect(catalog.action(function: "mail__send")?.isIdempotent == true)
        #expect(catalog.action(function: "mail") == nil)
        #expect(catalog.plugin("mail")?.context == "For mail.")
        #expect(catalog.plugin("mail")?.allowedAddresses == ["127.0.0.1/32"])
    }

    struct FaultCase: Sendable, CustomTestStringConvertible {
        var field: String
        var part: String
        var file: JSONValue
        var testDescription: String { "\(field): \(part)" }

        init(_ field: String, _ part: String, _ file: JSONValue) {
            self.field = field
            self.part = part
            self.file = file
        }

        /// A file whose request has other members than an ordinary one.
        init(_ field: String, _ part: String, request members: JSONObject) {
            var request = ToolCatalogTests.request
            for (key, value) in members { request[key] = value }
            self.init("actions.send.request\(field)", part, Definitions.file(request: request))
        }

        /// A file with one rule.
        init(_ field: String, _ part: String, rule: JSONValue) {
            self.init(
                "actions.send.rules.limits.many\(field)", part,
                Definitions.file(request: request, rules: ["limits": ["many": rule]]))
        }
    }

    @Test(
        "each fault names its field",
        arguments: [
            FaultCase("plugin", "is missing", ["actions": [:]]),
            FaultCase("plugin.name", "is missing", ["plugin": [:], "actions": ["a": [:]]]),
            FaultCase("plugin.name", "letters", ["plugin": ["name": "a__b"], "actions": [:]]),
            FaultCase("actions", "at least one", ["plugin": ["name": "a"], "actions": [:]]),
            FaultCase(
                "plugin.allow_addresses.0", "block",
                Definitions.file(request: request, allow: ["localhost"])),
            FaultCase(
                "actions.send.parameters", "\"object\"",
                Definitions.file(request: request, parameters: ["type": "array"])),
            FaultCase(
                "actions.send.parameters", "not a JSON Schema",
                Definitions.file(
                    request: request,
                    parameters: ["type": "object", "properties": ["a": ["pattern": "("]]])),
            FaultCase(
                "actions.send.output_guidance.common_errors.404", "string",
                Definitions.file(request: request, guidance: ["common_errors": ["404": 1]])),
            FaultCase(
                "actions.send.request", "must be an object", Definitions.file(request: "GET /")),
            FaultCase(".verb", "not a field", request: ["verb": "GET"]),
            FaultCase(".method", "one of", request: ["method": "get"]),
            FaultCase(".url", "https://", request: ["url": "file:///etc/passwd"]),
            FaultCase(".url", "https://", request: ["url": "{{id}}://h/x"]),
            FaultCase(".url", "https://", request: ["url": "{{id}}"]),
            FaultCase(".url", "literal", request: ["url": "https://{{id}}/x"]),
            FaultCase(".url", "literal", request: ["url": "https://h.example{{id}}"]),
            FaultCase(".url", "no host", request: ["url": "https:///x"]),
            FaultCase(".url", "credential", request: ["url": "https://u:p@h/x"]),
            FaultCase(".url", "user or password", request: ["url": "https://h\\@evil/x"]),
            FaultCase(".url", "no host has", request: ["url": "https://h\\evil/x"]),
            FaultCase(".url", "fragment", request: ["url": "https://h/x#{{id}}"]),
            FaultCase(".url", "percent", request: ["url": "https://h/a b"]),
            FaultCase(".url", "headers and query", request: ["url": "https://h/{{credential:K}}"]),
            FaultCase(".url", "required", request: ["url": "https://h/{{subject}}"]),
            FaultCase(".url", "not among", request: ["url": "https://h/{{other}}"]),
            FaultCase(".url", "not closed", request: ["url": "https://h/{{id"]),
            FaultCase(".query.q", "not among", request: ["query": ["q": "{{other}}"]]),
            FaultCase(".query.q", "string, a number", request: ["query": ["q": [1]]]),
            FaultCase(".query.q", "not the name", request: ["query": ["q": "{{a b}}"]]),
            FaultCase(
                ".headers.K", "credential", request: ["headers": ["K": "{{credential:../x}}"]]),
            FaultCase(".headers.A B", "name of a header", request: ["headers": ["A B": "x"]]),
            FaultCase(".headers.host", "client", request: ["headers": ["host": "x"]]),
            FaultCase(".headers.X", "control", request: ["headers": ["X": "a\r\nB: c"]]),
            FaultCase(".body", "no body", request: ["body": ["a": 1]]),
            FaultCase(
                ".body.k", "headers and query",
                request: ["method": "POST", "body": ["k": "{{credential:K}}"]]),
            FaultCase(
                ".body.a.0.b", "not among",
                request: ["method": "POST", "body": ["a": [["b": "{{other}}"]]]]),
            FaultCase(".timeout_ms", "milliseconds", request: ["timeout_ms": 0]),
            FaultCase(".idempotent", "true or false", request: ["idempotent": "yes"]),
            FaultCase(".items_path", "dots", request: ["items_path": "a..b"]),
            FaultCase(".action", "block, confirm", rule: ["condition": "count > 1"]),
            FaultCase(
                ".condition", "unsupported", rule: ["action": "block", "condition": "isWeekend()"]),
            FaultCase(".condition", "is missing", rule: ["action": "block"]),
        ])
    func faults(_ test: FaultCase) throws {
        let error = #expect(throws: ToolCatalogError.self) {
            try Definitions.catalog(test.file)
        }
        let found = error?.faults.contains {
            $0.file == "mail.json" && $0.field == test.field && $0.message.contains(test.part)
        }
        #expect(found == true, "\(error?.description ?? "")")
    }

    @Test("every fault of every file is told at once")
    func all() throws {
        let good = Definitions.file(request: Self.request)
        let bad = Definitions.file(request: ["method": "X", "url": "ftp://h", "timeout_ms": -1])
        let error = #expect(throws: ToolCatalogError.self) {
            try ToolCatalog.load(files: [
                ("a.json", good.serializedBytes), ("b.json", bad.serializedBytes),
                ("c.json", Array("{".utf8)), ("d.json", nil), ("e.json", good.serializedBytes),
            ])
        }
        #expect(
            error?.faults.map { "\($0.file) \($0.field)" } == [
                "b.json actions.send.request.method", "b.json actions.send.request.url",
                "b.json actions.send.request.timeout_ms", "c.json ", "d.json ",
                "e.json plugin.name",
            ])
        #expect(error?.description.split(separator: "\n").count == 6)
    }

    @Test("rules that only ask or warn are passed over")
    func confirmations() throws {
        let file = Definitions.file(
            request: Self.request,
            rules: [
                "limits": ["a": ["action": "warn", "condition": "isWeekend()"]],
                "confirmations": ["b": ["whatever": true]],
            ])
        #expect(try Definitions.action(file).blocks.isEmpty)
    }

    @Test("a directory is read file by file, and one that is missing is a fault")
    func directory() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/plugins-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let bytes = Definitions.file(request: Self.request).serializedBytes
        #expect(
            FileManager.default.createFile(atPath: "\(directory)/mail.json", contents: Data(bytes)))
        #expect(
            FileManager.default.createFile(atPath: "\(directory)/notes.txt", contents: Data([1])))
        #expect(try ToolCatalog.load(directory: directory).pluginNames == ["mail"])
        #expect(throws: ToolCatalogError.self) { try ToolCatalog.load(directory: directory + "x") }
    }

    @Test("the credentials a plugin needs are known before any call")
    func credentials() throws {
        let file = Definitions.file(request: [
            "method": "GET", "url": "https://h/x", "query": ["k": "{{credential:B_KEY}}"],
            "headers": ["Authorization": "Bearer {{credential:A_KEY}}"],
        ])
        #expect(
            try Definitions.catalog(file).plugin("mail")?.credentialNames == ["A_KEY", "B_KEY"])
    }
}
