import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("agent-enqueue: bulk", .serialized)
struct BulkCommandTests {
    static func line(_ number: Int) -> String {
        #"{"kind":"generation","payload":{"prompt":"Agent \#(number)"},"user_id":"u-\#(number % 7)"}"#
    }

    @Test("ten thousand lines from standard input become ten thousand jobs")
    func many() async throws {
        try await Scene.play { scene in
            let lines = (1...10_000).map(Self.line).joined(separator: "\n")
            let end = try await scene.enqueue("bulk", "-", input: lines + "\n\n")
            #expect(end.exit == .code(0) && end.line == "10000" && end.errors.isEmpty)
            #expect(try await scene.count("jobs") == 10_000)
            #expect(try await scene.count("jobs", where: "user_id = 'u-3'") == 1_429)
            #expect(
                try await scene.count("jobs", where: "payload ->> 'prompt' = 'Agent 777'") == 1)
        }
    }

    @Test("every field of a line arrives, whatever its characters")
    func fields() async throws {
        try await Scene.play { scene in
            let agent = try await scene.agent().uuidString.lowercased()
            let job: JSONValue = [
                "kind": "agentkit", "agent_id": .string(agent), "user_id": .string(Scene.user),
                "payload": ["user_prompt": "tab\t back\\slash \\N\nline\r \"q\" größe 🚀"],
                "queue": "q\\1", "priority": 9, "run_at": "2031-01-31T08:00:00Z",
                "max_attempts": 7, "timeout_s": 12, "unique_key": "k\t1",
                "execution_type": "scheduled", "trace_context": "00-ab-cd-01",
            ]
            let file = try scene.file("jobs.ndjson", job.serialized)
            let end = try await scene.enqueue("bulk", file, "--json")
            #expect(end.exit == .code(0) && end.json == ["enqueued": 1])
            let row = try await scene.row("SELECT * FROM jobs")
            for (key, value) in job.objectValue ?? [:] where key != "run_at" {
                #expect(row[key] == value, "\(key)")
            }
            #expect(row["run_at"]?.stringValue?.hasPrefix("2031-01-31T08:00:00") == true)
            let again = try await scene.enqueue("bulk", file)
            #expect(again.exit == .code(2) && again.errors.contains("unique_key"))
        }
    }

    /// Lines that are refused, and what the message names beside the line.
    static let bad: [(line: String, names: String)] = [
        ("{", "is not JSON"), ("[1]", "object"), ("{}", "kind"),
        (#"{"kind":"dance"}"#, "kind dance is unknown"),
        (#"{"kind":7}"#, "kind"), (#"{"kind":"generation","payload":[1]}"#, "payload"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"colour":"red"}"#, "colour"),
        (#"{"kind":"agentkit","agent_id":"bob"}"#, "agent_id bob"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"run_at":"noon"}"#, "run_at noon"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"priority":"high"}"#, "priority"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"max_attempts":1.5}"#, "max_attempts"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"priority":12}"#, "priority"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"priority":99999999999}"#, "priority"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"timeout_s":0}"#, "timeout_s"),
        (#"{"kind":"generation","payload":{}}"#, "payload.prompt"),
        (#"{"kind":"agentkit","user_id":"\#(Scene.user)"}"#, "agent_id"),
        (#"{"kind":"orchestrator","agent_id":"\#(Scene.user)","user_id":"bob"}"#, "user_id"),
        (#"{"kind":"generation","payload":{"prompt":"x"},"execution_type":"x"}"#, "execution_type"),
    ]

    @Test("one bad line refuses them all, and the line and the field are named")
    func badLine() async throws {
        try await Scene.play { scene in
            try await scene.pool.query(
                """
                INSERT INTO jobs (kind, payload, unique_key)
                VALUES ('generation', '{"prompt":"x"}', 'dup')
                """)
            for (line, name) in Self.bad {
                let lines = (1...40).map(Self.line) + [line] + (42...60).map(Self.line)
                let end = try await scene.enqueue("bulk", "-", input: lines.joined(separator: "\n"))
                #expect(end.exit == .code(2), "\(line): \(end)")
                #expect(end.output.isEmpty, "\(line)")
                #expect(end.errors.contains("line 41"), "\(line): \(end.errors)")
                #expect(end.errors.contains(name), "\(line): \(end.errors)")
            }
            let taken = #"{"kind":"generation","payload":{"prompt":"x"},"unique_key":"dup"}"#
            let end = try await scene.enqueue(
                "bulk", "-", input: [Self.line(1), taken, Self.line(3)].joined(separator: "\n"))
            #expect(end.exit == .code(2))
            #expect(end.errors.contains("job 2 of the file"), "\(end.errors)")
            #expect(end.errors.contains("unique_key is taken"), "\(end.errors)")
            #expect(try await scene.count("jobs") == 1)
        }
    }
}
