import EventLoop
import Foundation
import HTTP
import JSON
import TestSupport

@testable import Tools

/// A tool caller over the servers of one plugin `peer`, shut down at the end of the body.
struct Harness: Sendable {
    static let loop = EventLoop(name: "mcp")

    let servers: MCPServers
    let caller: ToolCaller

    /// Runs `body` with a plugin whose `mcp` member is given.
    static func with<Value: Sendable>(
        _ server: JSONValue, limits: ToolLimits = ToolLimits(), mcp: MCPLimits = quick,
        credentials: [String: String] = [:], _ body: (Harness) async throws -> Value
    ) async throws -> Value {
        let catalog = try ToolCatalog.load(files: [("peer.json", file(server).serializedBytes)])
        let http = HTTPClient(loop: loop)
        let source = FixedCredentials(values: credentials)
        let servers = MCPServers(
            catalog: catalog, loop: loop, http: http, credentials: source, limits: limits, mcp: mcp)
        let harness = Harness(
            servers: servers,
            caller: ToolCaller(
                catalog: catalog, http: http, credentials: source, limits: limits, mcp: servers))
        do {
            let value = try await body(harness)
            await servers.shutdown()
            await http.shutdown()
            return value
        } catch {
            await servers.shutdown()
            await http.shutdown()
            throw error
        }
    }

    static func file(_ server: JSONValue) -> JSONValue {
        [
            "plugin": [
                "name": "peer", "description": "A peer.", "allow_addresses": ["127.0.0.1/32"],
            ],
            "mcp": server,
        ]
    }

    /// As in production, but nobody waits for long.
    static var quick: MCPLimits {
        var limits = MCPLimits()
        limits.shutdownGrace = .seconds(1)
        return limits
    }

    func call(
        _ action: String, _ arguments: JSONValue = [:], answer: ToolInputAnswer? = nil
    ) async -> ToolResult {
        await caller.call(
            plugin: "peer", action: action, arguments: arguments, idempotencyKey: "run/1",
            answer: answer)
    }
}

/// Secrets of a test.
struct FixedCredentials: CredentialSource {
    var values: [String: String] = [:]
    func credential(named name: String) -> String? { values[name] }
}
