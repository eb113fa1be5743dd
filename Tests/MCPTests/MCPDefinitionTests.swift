import JSON
import Testing

@testable import Tools

@Suite("Definitions of MCP plugins")
struct MCPDefinitionTests {
    @Test("a good file gives a server instead of actions, and names its credentials")
    func good() throws {
        let file = Harness.file([
            "url": "https://h.example/mcp", "headers": ["X-Key": "{{credential:KEY}}"],
            "timeout_ms": 1000, "tools": ["a"], "effects": ["a": "none"],
        ])
        let catalog = try ToolCatalog.load(files: [("peer.json", file.serializedBytes)])
        let plugin = try #require(catalog.plugin("peer"))
        #expect(plugin.actions.isEmpty && plugin.credentialNames == ["KEY"])
        #expect(plugin.mcp?.timeout == .seconds(1) && plugin.mcp?.effects == ["a": .none])
    }

    @Test(
        "each fault names its field",
        arguments: [
            ("mcp", "either", [:]),
            ("mcp", "either", ["command": ["a"], "url": "https://h.example"]),
            ("mcp.shell", "not a field", ["command": ["a"], "shell": true]),
            ("mcp.command", "array of strings", ["command": "a b"]),
            ("mcp.command", "a program", ["command": []]),
            ("mcp.command.1", "placeholders", ["command": ["a", "--key={{credential:K}}"]]),
            ("mcp.env.A=B", "not a name", ["command": ["a"], "env": ["A=B": "x"]]),
            ("mcp.env.A", "must be a {{credential", ["command": ["a"], "env": ["A": "{{x}}"]]),
            ("mcp.headers", "belongs to a url", ["command": ["a"], "headers": [:]]),
            ("mcp.env", "belongs to a command", ["url": "https://h.example/", "env": [:]]),
            ("mcp.url", "must begin", ["url": "file:///etc"]),
            ("mcp.url", "placeholders", ["url": "https://h.example/{{credential:K}}"]),
            (
                "mcp.headers.Mcp-Name", "not a name",
                ["url": "https://h.example/", "headers": ["Mcp-Name": "x"]]
            ),
            ("mcp.tools", "array of strings", ["command": ["a"], "tools": [1]]),
            ("mcp.effects.a", "must be none", ["command": ["a"], "effects": ["a": "twice"]]),
            ("mcp.timeout_ms", "whole number", ["command": ["a"], "timeout_ms": 0]),
        ] as [(String, String, JSONValue)])
    func faults(field: String, part: String, server: JSONValue) throws {
        let error = #expect(throws: ToolCatalogError.self) {
            try ToolCatalog.load(files: [("peer.json", Harness.file(server).serializedBytes)])
        }
        let found = error?.faults.contains { $0.field == field && $0.message.contains(part) }
        #expect(found == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("a plugin has a server or actions, not both")
    func both() throws {
        var file = Harness.file(["command": ["a"]])
        file["actions"] = [:]
        #expect(throws: ToolCatalogError.self) {
            try ToolCatalog.load(files: [("peer.json", file.serializedBytes)])
        }
    }
}
