import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("kill -9 of workers at random moments")
    func killed() async throws {
        try await Rig.play("worker kill -9, random", crew: 3) { rig in
            for cycle in 1...FaultCount.cycles {
                try await rig.feed(upTo: 24)
                // It has begun: a kill of one that only starts would hit nothing.
                try await rig.works(rig.crew[cycle % 3])
                try await Rig.pass(.milliseconds(Int.random(in: 0..<60)))
                try await rig.kill(cycle % 3)
                // Whole tables are read: after every hundredth in long runs.
                try await rig.struck(look: FaultCount.cycles <= 50 || cycle % 100 == 0)
            }
            try await rig.recovers()
        }
    }

    @Test("a worker that is paused for longer than its lease, and then wakes")
    func paused() async throws {
        try await Rig.play("worker SIGSTOP beyond its lease", crew: 2) { rig in
            for round in 0..<(2 * FaultCount.rounds) {
                try await rig.feed(upTo: 24)
                let worker = rig.crew[round % 2]
                try await rig.works(worker)
                worker.terminate(SIGSTOP)
                try await eventually("the rescue of what the paused worker held") {
                    try await rig.scene.count(
                        "jobs j JOIN workers w ON w.id = j.worker_id",
                        where: "j.state = 'running' AND w.pid = \(worker.pid)") == 0
                }
                worker.terminate(SIGCONT)
                try await rig.struck()
            }
            try await rig.recovers()
        }
    }

    @Test("the same worker started several times over")
    func startedTwice() async throws {
        try await Rig.play("double start", crew: 4) { rig in
            try await rig.feed(60)
            try await rig.struck()
            try await rig.recovers()
        }
    }

    @Test("a job that kills its worker each time is failed at its limit, and the queue moves on")
    func poisoned() async throws {
        try await Rig.play("poison job that crashes the process", crew: 1) { rig in
            try await rig.scene.stub.script([ModelStub.fault("hang", model: "poison")])
            for _ in 0..<FaultCount.rounds {
                let poison = try await rig.scene.anyJob("agentkit", model: "poison", maxAttempts: 3)
                rig.note(poison)
                try await rig.feed(6)
                var attempts: Set<String> = []
                try await eventually(within: .seconds(60), "the end of the poison job") {
                    let job = try await rig.scene.job(poison)
                    if let attempt = job["attempt_id"]?.stringValue, !attempts.contains(attempt) {
                        attempts.insert(attempt)
                        try await rig.kill(0)
                    }
                    return job["finished_at"] != .null
                }
                let job = try await rig.scene.job(poison)
                #expect(job["state"] == "failed" && job["attempt"] == 3, "\(job.serialized)")
                try await rig.struck()
            }
            try await rig.recovers()
        }
    }

    @Test("a worker that has no descriptors left")
    func withoutDescriptors() async throws {
        try await Rig.play("descriptors exhausted", crew: 1) { rig in
            for _ in 0..<FaultCount.rounds {
                let worker = rig.crew[0]
                try await rig.feed(upTo: 24)
                try await rig.works(worker)
                // What is open stays open; nothing new can be opened.
                try await rig.shell("prlimit --nofile=8:1024 --pid \(worker.pid)")
                try await Rig.pass(.seconds(2))
                try await rig.shell("prlimit --nofile=1024:1024 --pid \(worker.pid)")
                #expect(worker.isRunning)
                try await rig.struck()
                try await rig.recovers()
            }
        }
    }

    @Test("a worker whose log nobody reads")
    func unread() async throws {
        try await Rig.play("stdout and stderr blocked", crew: 0) { rig in
            let worker = try rig.scene.process(
                "/bin/sh",
                [
                    "-c",
                    "mkfifo \"$1\" && exec 3<>\"$1\" && exec \"$2\" run --log-level trace >&3 2>&3",
                    "sh", rig.scene.directory + "/full", Binary.path("agent-worker"),
                ], rig.settings)
            try await rig.feed(150)
            try await eventually(within: .seconds(60), "the end of 150 jobs") {
                try await rig.scene.count("jobs", where: "finished_at IS NOT NULL") >= 150
            }
            #expect(worker.isRunning)
            try await rig.struck()
            try await rig.recovers()
            worker.terminate()
            #expect(try await worker.waitForExit(timeout: .seconds(45)) == .code(0))
        }
    }

    @Test("workers whose clocks are wrong", arguments: ["+2h", "-2h", "+0 x3"])
    func wrongClock(_ shift: String) async throws {
        guard let library = try await FakeTime.library() else { return }
        try await Rig.play("worker clock \(shift)", crew: 1) { rig in
            try rig.join(nil, ["LD_PRELOAD": library, "FAKETIME": shift])
            try await rig.feed(upTo: 40)
            try await rig.struck()
            try await rig.recovers()
            let skewed = try await rig.scene.count(
                "job_attempts", where: "abs(extract(epoch FROM ended_at - now())) > 600")
            #expect(skewed == 0)
        }
    }
}
