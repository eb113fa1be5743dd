import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("schedules and retention by command", .serialized, .timeLimit(.minutes(3)))
struct ScheduleTests {
    private func worker(_ scene: Scene, _ arguments: String...) async throws -> ProgramEnd {
        try await scene.run("agent-worker", arguments)
    }

    @Test("a schedule that is added ticks once in a fleet of three, and its job runs")
    func ticks() async throws {
        try await Scene.play { scene in
            for _ in 0..<3 { try await scene.worker() }
            // Due at once, as if a minute had just turned: the fleet hears of it and does not poll.
            try await scene.pool.query(
                """
                INSERT INTO schedules (name, cron, kind, payload, user_id, next_at)
                VALUES ('now', '0 0 1 1 *', 'generation', '{"prompt": "An agent that greets"}', 'u',
                    date_trunc('minute', now()))
                """)
            try await eventually(within: .seconds(60), "the job of the tick") {
                try await scene.count("jobs", where: "state = 'completed'") == 1
            }
            let job = try await scene.row("SELECT * FROM jobs")
            #expect(job["execution_type"] == "scheduled")
            #expect(job["scheduled_at"] == job["run_at"])
            #expect(job["unique_key"]?.stringValue?.hasPrefix("schedule:now:") == true)
            #expect(try await scene.count("jobs") == 1)
            let listed = try await worker(scene, "schedule", "list", "--json")
            #expect(listed.json[0]?["last_job_id"] == job["id"])
        }
    }

    @Test("add, list, preview, pause, resume and remove, and what they refuse")
    func commands() async throws {
        try await Scene.play { scene in
            let added = try await worker(
                scene, "schedule", "add", "morning", "--cron", "30 9 * * MON-FRI", "--zone",
                "Europe/Berlin", "--kind", "generation", "--prompt", "An agent", "--catch-up",
                "all", "--catch-up-limit", "5")
            #expect(added.exit == .code(0) && added.output.hasPrefix("LOCAL"))
            #expect(added.output.split(separator: "\n").count == 4)
            let again = try await worker(
                scene, "schedule", "add", "morning", "--cron", "@daily", "--kind", "generation",
                "--prompt", "An agent")
            #expect(again.exit == .code(2))
            #expect(again.errors.contains("refused: schedules.name is taken"))
            for (cron, zone, reason) in [
                ("30 25 * * *", "UTC", #"hour field, character 4: "25" is not 0-23"#),
                ("30 9 * * *", "Berlin", #"schedules.time_zone "Berlin" is not the name"#),
                ("0 0 30 2 *", "UTC", "never comes due"),
            ] {
                let bad = try await worker(
                    scene, "schedule", "add", "bad", "--cron", cron, "--zone", zone, "--kind",
                    "generation", "--prompt", "p")
                #expect(bad.exit == .code(2) && bad.errors.contains(reason), "\(bad.errors)")
            }
            let noPrompt = try await worker(
                scene, "schedule", "add", "bad", "--cron", "@daily", "--kind", "generation")
            #expect(noPrompt.errors.contains("generation schedules need a text in payload.prompt"))

            let list = try await worker(scene, "schedule", "list", "--ticks", "2")
            let lines = list.output.split(separator: "\n")
            #expect(lines.count == 3 && lines[1].contains("09:30 +0"))
            #expect(lines[1].contains(":30:00Z") && lines[1].contains("Europe/Berlin"))
            let preview = try await worker(
                scene, "schedule", "preview", "30 2 * * *", "--zone", "Europe/Berlin", "--after",
                "2026-03-28T12:00:00Z", "--ticks", "2")
            #expect(
                preview.output == """
                    LOCAL                    UTC
                    2026-03-29 03:00 +02:00  2026-03-29T01:00:00Z
                    2026-03-30 02:30 +02:00  2026-03-30T00:30:00Z

                    """)
            #expect(try await worker(scene, "schedule", "pause", "morning").line == "paused")
            let paused = try await worker(scene, "schedule", "list", "--json")
            #expect(paused.json[0]?["state"] == "paused" && paused.json[0]?["next"] == [])
            #expect(try await worker(scene, "schedule", "resume", "morning").line == "resumed")
            #expect(try await worker(scene, "schedule", "remove", "morning").line == "removed")
            let none = try await worker(scene, "schedule", "remove", "morning")
            #expect(none.exit == .code(2) && none.errors.contains("there is no schedule"))
        }
    }

    @Test("retention, legal holds and forgetting by command")
    func retention() async throws {
        try await Scene.play { scene in
            try await scene.worker([:], ["--until-idle"])
            let id = try await scene.generation()
            let worked = try await scene.run(
                "agent-worker", ["run", "--until-idle"],
                ["OPENAI_BASE_URL": scene.stub.address + "/v1"])
            #expect(worked.exit == .code(0))
            #expect(
                try await worker(scene, "retention", "set", "completed_jobs", "30d").exit
                    == .code(0))
            let short = try await worker(scene, "retention", "set", "completed_jobs", "1h")
            #expect(short.exit == .code(2) && short.errors.contains("1d or more"))
            let unknown = try await worker(scene, "retention", "set", "jobs", "30d")
            #expect(unknown.exit == .code(2))
            #expect(try await worker(scene, "retention", "prune").output == "jobs\t0\n")
            try await scene.pool.query(
                "UPDATE jobs SET finished_at = finished_at - interval '31 days'")
            let hold = try await worker(
                scene, "legal-hold", "place", "--user", Scene.user, "--reason", "case 17")
            let holdID = try #require(hold.number)
            #expect(try await worker(scene, "retention", "prune").output == "jobs\t0\n")
            let refused = try await worker(scene, "forget", "--user", Scene.user, "--yes")
            #expect(refused.exit == .code(2) && refused.errors.contains("case 17"))
            #expect(try await scene.count("jobs", where: "id = \(id)") == 1)
            #expect(try await worker(scene, "legal-hold", "lift", "\(holdID)").line == "lifted")
            let list = try await worker(scene, "retention", "list")
            #expect(list.output.contains("30 days") && list.output.contains("forever"))
            #expect(try await worker(scene, "retention", "prune").output == "jobs\t1\n")
            let asked = try await worker(scene, "forget", "--user", Scene.user)
            #expect(asked.exit == .code(2) && asked.errors.contains("repeat with --yes"))
            let forgotten = try await worker(scene, "forget", "--user", Scene.user, "--yes")
            #expect(forgotten.exit == .code(0), "\(forgotten.errors)")
            #expect(forgotten.output.contains("agent_generation_logs\t1"))
            #expect(try await scene.count("usage_by_day", where: "user_id IS NULL") == 1)
            #expect(try await scene.count("token_usage") == 0)
        }
    }
}
