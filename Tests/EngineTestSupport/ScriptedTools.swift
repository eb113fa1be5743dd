import AgentKit
import JSON
import Journal
import Models
import Synchronization
import Tools

/// Plugins that answer as a test tells them to, and keep what they were asked.
public final class ScriptedTools: ToolCalling {
    public struct Call: Sendable {
        public var name: String
        public var arguments: JSONValue
        public var idempotencyKey: String
    }

    public typealias Script = @Sendable (Call, Int) async -> ToolResult

    private let actions: [String]
    private let effect: SideEffect
    private let script: Script
    private let asked = Mutex<[Call]>([])
    private let running = Mutex<(now: Int, most: Int)>((0, 0))

    /// `actions` are names like `helpdesk.list_open`, all of the same `effect`; `script` gets the
    /// call and its number, counted from 1.
    public init(
        actions: [String] = [], effect: SideEffect = .idempotent,
        _ script: @escaping Script = { call, _ in .success(call.arguments) }
    ) {
        self.actions = actions
        self.effect = effect
        self.script = script
    }

    public var calls: [Call] { asked.withLock { $0 } }
    /// The most calls that ran at the same time.
    public var peak: Int { running.withLock { $0.most } }

    public func definitions(plugins: [String]) -> [ToolDefinition] {
        plugins.flatMap { plugin in actions.filter { $0.hasPrefix(plugin + ".") } }.map {
            ToolDefinition(
                name: $0.replacing(".", with: "__"), description: "Does \($0).",
                parameters: ["type": "object"])
        }
    }

    public func context(ofPlugin plugin: String) -> String? {
        actions.contains { $0.hasPrefix(plugin + ".") } ? "All about \(plugin)." : nil
    }

    public func sideEffect(plugin: String, action: String) -> SideEffect { effect }

    public func hasAction(plugin: String, action: String) -> Bool {
        actions.contains("\(plugin).\(action)")
    }

    public func call(
        plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
    ) async -> ToolResult {
        let call = Call(
            name: "\(plugin).\(action)", arguments: arguments, idempotencyKey: idempotencyKey)
        let number = asked.withLock { asked in
            asked.append(call)
            return asked.count
        }
        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        defer { running.withLock { $0.now -= 1 } }
        return await script(call, number)
    }
}
