import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("agent-enqueue: looking and steering", .serialized)
struct InspectCommandTests {
    @Test("status, why and list show jobs as tables and as JSON")
    func show() async throws {
        try await Scene.play { scene in
            let first = try await scene.generation()
            let second = try await scene.anyJob("agentkit")
            let table = try await scene.enqueue("status", "\(first)", "\(second)")
            #expect(table.exit == .code(0) && table.errors.isEmpty)
            let lines = table.output.split(separator: "\n")
            try #require(lines.count == 3, "\(table.errors)")
            #expect(lines[0].hasPrefix("ID") && lines[0].contains("REASON"))
            #expect(lines[1].contains("generation") && lines[1].contains("0/3"))
            let json = try await scene.enqueue("status", "\(second)", "--json")
            #expect(json.json[0]?["id"] == JSONValue(Int(second)))
            #expect(json.json[0]?["state"] == "available" && json.json[0]?["cost_usd"] == .null)

            let why = try await scene.enqueue("why", "\(first)", "--json")
            #expect(why.json["id"] == JSONValue(Int(first)))
            #expect(why.json["answer"]?.stringValue?.contains("nobody handles it") == true)

            let list = try await scene.enqueue("list", "--json")
            #expect(list.json.arrayValue?.map { $0["id"]?.intValue } == [Int(second), Int(first)])
            let some = try await scene.enqueue(
                "list", "--kind", "generation", "--state", "available", "--user", Scene.user,
                "--limit", "5", "--json")
            #expect(some.json.arrayValue?.count == 1)
            let none = try await scene.enqueue("list", "--state", "failed")
            #expect(none.exit == .code(0) && none.output.hasPrefix("ID"))
            #expect(none.output.split(separator: "\n").count == 1)
        }
    }

    @Test("cancel answers what it did, and retry prints the id of a copy that runs")
    func steer() async throws {
        try await Scene.play { scene in
            let id = try await scene.generation()
            let early = try await scene.enqueue("retry", "\(id)")
            #expect(early.exit == .code(2))
            #expect(early.errors.contains("only a finished job can be retried"))
            #expect(try await scene.enqueue("cancel", "\(id)").line == "cancelled")
            let again = try await scene.enqueue("cancel", "\(id)", "--json")
            #expect(again.json["answer"] == "already cancelled")
            let retry = try await scene.enqueue("retry", "\(id)")
            let copy = try #require(retry.number)
            #expect(copy != id)
            try await scene.worker()
            let wait = try await scene.enqueue("wait", "\(copy)", "--json", "--timeout", "30s")
            #expect(wait.exit == .code(0) && wait.json["state"] == "completed")
            #expect(wait.json["output"]?["agent"]?["name"]?.stringValue != nil)
            let job = try await scene.job(copy)
            #expect(job["retry_of"] == JSONValue(Int(id)))
            #expect(job["execution_id"] != (try await scene.job(id))["execution_id"])
            let waited = try await scene.enqueue("wait", "\(id)")
            #expect(waited.exit == .code(1) && waited.output.contains("cancelled"))
        }
    }

    @Test("history shows a user's generations, newest first")
    func history() async throws {
        try await Scene.play { scene in
            try await scene.worker()
            for prompt in ["First\nline", "Second"] {
                let end = try await scene.enqueue(
                    "generation", "--prompt", prompt, "--user", "u-7", "--wait")
                #expect(end.exit == .code(0))
            }
            let table = try await scene.enqueue("history", "--user", "u-7")
            let lines = table.output.split(separator: "\n")
            try #require(lines.count == 3, "\(table.errors)")
            #expect(lines[1].hasSuffix("Second") && lines[2].hasSuffix("First"))
            #expect(lines[1].contains("true") && lines[1].contains("gpt-4.1-nano"))
            let one = try await scene.enqueue("history", "--user", "u-7", "--limit", "1", "--json")
            #expect(one.json.arrayValue?.count == 1)
            #expect(one.json[0]?["prompt"] == "Second" && one.json[0]?["success"] == true)
            let nobody = try await scene.enqueue("history", "--user", "nobody", "--json")
            #expect(nobody.json == [])
        }
    }

    @Test("control characters of stored text do not reach the terminal")
    func controlCharacters() async throws {
        try await Scene.play { scene in
            let evil = "\u{1B}]0;pwned\u{7}\u{1B}[2Jx\u{9B}31m\rbye\u{8}"
            try await scene.pool.query(
                """
                WITH job AS (
                    INSERT INTO jobs (kind, user_id, state, attempt, finished_at, last_error)
                    VALUES ($1, $2, 'failed', 1, now(), $3) RETURNING id)
                INSERT INTO job_attempts (
                    attempt_id, job_id, attempt, worker_id, started_at, outcome)
                SELECT gen_random_uuid(), id, 1, gen_random_uuid(), now(), 'failed' FROM job
                """, [.text("k" + evil), .text("u" + evil), .text(evil)])
            try await scene.pool.query(
                """
                INSERT INTO agent_generation_logs (id, user_id, prompt, openai_model, completed_at)
                VALUES ('g', 'u', $1::text, $1::text, now())
                """, [.text(evil)])
            for arguments in [
                ["list"], ["list", "--json"], ["status", "1"], ["status", "1", "--json"],
                ["why", "1"], ["why", "1", "--json"], ["history", "--user", "u"],
                ["history", "--user", "u", "--json"], ["wait", "1"],
                ["list", "--state", evil], [evil],
            ] {
                let end = try await scene.run("agent-enqueue", arguments)
                for text in [end.output, end.errors] {
                    let escapes = text.unicodeScalars.filter {
                        $0 != "\n" && $0 != "\t"
                            && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value))
                    }
                    #expect(escapes.isEmpty, "\(arguments): \(text.debugDescription)")
                }
            }
        }
    }
}
