import EngineTestSupport
import Foundation

@testable import AgentKit
@testable import Generation
@testable import HTTP
@testable import JSON
@testable import Jobs
@testable import Models
@testable import Orchestration
@testable import Postgres
@testable import Tools

/// A parser that reads what others wrote, as a function of bytes. It may refuse; it may not trap,
/// hang, or break the rule stated here.
struct FuzzTarget: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) -> Void

    static let all = [
        FuzzTarget(name: "json", run: json), FuzzTarget(name: "sse", run: events),
        FuzzTarget(name: "usage", run: usage), FuzzTarget(name: "replies", run: replies),
        FuzzTarget(name: "durations", run: durations), FuzzTarget(name: "headers", run: headers),
        FuzzTarget(name: "mcp", run: mcp), FuzzTarget(name: "workflow", run: workflow),
        FuzzTarget(name: "payload", run: payload), FuzzTarget(name: "plugin", run: plugin),
        FuzzTarget(name: "postgres", run: postgres),
    ]

    private static func parsed(_ bytes: [UInt8]) -> JSONValue? { try? JSONValue(parsing: bytes) }

    /// What was parsed is written so that it parses to the same; what is stored is what jsonb takes.
    @Sendable private static func json(_ bytes: [UInt8]) {
        guard let value = parsed(bytes) else { return }
        let again = try? JSONValue(parsing: value.serializedBytes)
        precondition(again == value, "not the same after writing and parsing")
        precondition(parsed(Array(value.canonical.utf8)) == value, "canonical differs")
        let storable = value.storable()
        precondition(parsed(storable.serializedBytes) == storable, "storable does not parse")
        precondition(!storable.serialized.contains("\\u0000"), "NUL is not storable")
    }

    /// However the bytes are cut, the events are the same.
    @Sendable private static func events(_ bytes: [UInt8]) {
        func read(_ size: Int) -> [String]? {
            var reader = ServerSentEvents(maxLineBytes: 1 << 12, maxEventBytes: 1 << 13)
            var events: [String] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                guard
                    let some = try? reader.append(
                        Array(bytes[start..<min(start + size, bytes.count)]))
                else { return nil }
                events += some.map { "\($0)" }
            }
            return events
        }
        let whole = read(max(1, bytes.count))
        let pieces = read(1)
        precondition(whole == nil || pieces == nil || whole == pieces, "cuts change the events")
    }

    /// No figure is negative, and no part is larger than its whole.
    @Sendable private static func usage(_ bytes: [UInt8]) {
        for convention in [UsageNormalizer.Convention.cachedIncluded, .cachedExcluded] {
            let usage = UsageNormalizer.normalize(
                parsed(bytes), as: convention, estimatedInput: 7, estimatedOutput: 5)
            precondition(usage.inputTokens >= 0 && usage.outputTokens >= 0, "negative tokens")
            precondition(usage.cachedTokens <= usage.inputTokens, "more cached than read")
            precondition(usage.reasoningTokens <= usage.outputTokens, "more thought than said")
        }
    }

    /// Whole replies and streams of the three interfaces.
    @Sendable private static func replies(_ bytes: [UInt8]) {
        let request = ChatRequest(
            model: "model", messages: [ChatMessage(role: .user, content: "hello")])
        let answer = ProviderAnswer(
            provider: "fuzz", status: 200, headers: [:], body: bytes, request: request)
        _ = ChatCompletionsCodec(provider: "fuzz").decode(answer)
        _ = ResponsesCodec(provider: "fuzz").decode(answer)
        _ = MessagesCodec(provider: "fuzz", structuredOutput: .tool, defaultMaxTokens: 10)
            .decode(answer)
        var reader = ServerSentEvents()
        guard let events = try? reader.append(bytes) else { return }
        var assemblies: [any ReplyAssembly] = [
            ChatCompletionsAssembly(), ResponsesAssembly(), MessagesAssembly(),
        ]
        for number in assemblies.indices {
            for event in events { assemblies[number].take(event) }
            assemblies[number].end()
            _ = assemblies[number].body.serialized
        }
    }

    /// No time is negative.
    @Sendable private static func durations(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let time = DurationText.parse(text) {
            precondition(time >= .zero, "negative duration")
            _ = DurationText.format(time)
        }
        for unit in [HTTPDuration.Unit.seconds, .milliseconds] {
            let time = HTTPDuration.parse(text, unit: unit, now: Date(timeIntervalSince1970: 0))
            precondition((time ?? .zero) >= .zero, "negative duration")
        }
        _ = try? CronExpression(text)
    }

    @Sendable private static func headers(_ bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A) {
            Array(line).withUnsafeBytes { _ = HeaderLine($0) }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        for name in ["Retry-After", "retry-after-ms", "x-ratelimit-reset-requests"] {
            let delay = RetryAfter.delay(in: [name: text], now: now)
            precondition((delay ?? .zero) >= .zero, "negative delay")
        }
        _ = AddressBlock(text)
        _ = RequestURL(text)
    }

    /// However the bytes are cut, the lines are the same.
    @Sendable private static func mcp(_ bytes: [UInt8]) {
        var whole = LineSplitter(maxBytes: 256)
        var pieces = LineSplitter(maxBytes: 256)
        let lines = whole.append(bytes)
        precondition(lines == bytes.flatMap { pieces.append([$0]) }, "cuts change the lines")
        for case .whole(let line) in lines {
            guard let value = parsed(line) else { continue }
            _ = JSONRPCMessage(value)
            _ = JSONRPCError(value)
            _ = MCPTool(value, plugin: "fuzz", effects: [:])
        }
        _ = ReplyHead.id(bytes)
        var events = EventReader(maxBytes: 1 << 12)
        _ = try? events.append(bytes)
    }

    @Sendable private static func workflow(_ bytes: [UInt8]) {
        guard let steps = parsed(bytes) else { return }
        let agent = AgentDefinition(id: UUID(), userID: UUID(), name: "fuzz", workflowSteps: steps)
        _ = try? PlanBuilder.plan(agent, catalog: .standard, tools: ScriptedTools())
    }

    @Sendable private static func payload(_ bytes: [UInt8]) {
        guard let payload = parsed(bytes) else { return }
        _ = try? GenerationRequest(payload: payload, userID: "fuzz")
        _ = try? RunInput(payload: payload, executionID: UUID(), now: Date())
        _ = try? AgentDefinition(row: payload)
        _ = ReplyText.object(in: String(decoding: bytes, as: UTF8.self))
    }

    @Sendable private static func plugin(_ bytes: [UInt8]) {
        guard let document = parsed(bytes) else { return }
        var reader = PluginReader(file: "fuzz.json")
        _ = reader.plugin(document)
    }

    private static let types: [UInt32] = [
        TypeOID.bool, TypeOID.int2, TypeOID.int4, TypeOID.int8, TypeOID.float4, TypeOID.float8,
        TypeOID.text, TypeOID.numeric, TypeOID.json, TypeOID.jsonb, TypeOID.uuid,
        TypeOID.timestamptz, TypeOID.textArray, TypeOID.int8Array, TypeOID.uuidArray,
        TypeOID.jsonbArray,
    ]

    /// Values in PostgreSQL's binary format, of every type we read.
    @Sendable private static func postgres(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            _ = NumericText.decode(bytes)
            for type in types {
                let cell = PostgresCell(type: type, bytes: bytes, column: "fuzz")
                _ = try? Bool(postgres: cell)
                _ = try? Int16(postgres: cell)
                _ = try? Int64(postgres: cell)
                _ = try? Double(postgres: cell)
                _ = try? String(postgres: cell)
                _ = try? UUID(postgres: cell)
                _ = try? JSONValue(postgres: cell)
                _ = try? Date(postgres: cell)
                _ = try? [String](postgres: cell)
                _ = try? [Int64](postgres: cell)
                _ = try? [UUID](postgres: cell)
            }
        }
    }
}
