import EngineTestSupport
import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import Synchronization
import TestSupport
import Testing

@Suite("side effects", .serialized, .timeLimit(.minutes(2)))
struct EffectTests {
    static let database = SuiteDatabase(migrated: true)

    private struct Refused: EffectReporting {
        let mayHaveHappened = false
    }
    private struct Cut: EffectReporting {
        let mayHaveHappened = true
    }
    private struct Silent: Error {}

    private final class Tally: Sendable {
        private let mutex = Mutex(0)
        var count: Int { mutex.withLock { $0 } }
        func add() { mutex.withLock { $0 += 1 } }
    }

    private func never() -> JSONValue {
        Issue.record("it was done again")
        return .null
    }

    @Test(
        "an output is kept before it is used, and replayed as it was",
        arguments: SideEffect.allCases)
    func output(effect: SideEffect) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("mail", effect)
            let output: JSONValue = ["zeta": 1.50, "a": [true, nil, "\u{1F600}"]]
            let first = try await fixture.claim()
            let live = try await fixture.journal(first).perform(step) {
                let claimed = try await fixture.step("mail")
                #expect(claimed?["status"] == (effect == .once ? "claimed" : nil))
                return output
            }
            expect(
                try await fixture.step("mail"),
                has: [
                    "status": "done", "kind": "tool", "effect": .string(effect.rawValue),
                    "attempt_id": .string(first.attemptID.uuidString.lowercased()), "error": nil,
                ])
            try await fixture.crash()
            let second = try await fixture.claim()
            let replayed = try await fixture.journal(second).perform(step) { never() }
            #expect(live.serialized == output.serialized)
            #expect(replayed.serialized == output.serialized)
        }
    }

    @Test(
        "what may be repeated is repeated when its outcome is unknown",
        arguments: [SideEffect.none, .idempotent])
    func repeatable(effect: SideEffect) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("fetch", effect)
            let first = try await fixture.claim()
            await #expect(throws: Cut.self) {
                try await fixture.journal(first).perform(step) { throw Cut() }
            }
            #expect(try await fixture.step("fetch") == nil)
            try await fixture.crash()
            let second = try await fixture.claim()
            #expect(try await fixture.journal(second).perform(step) { 7 } == 7)
        }
    }

    @Test("what must not happen twice is not repeated after a crash in its midst")
    func crashed() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("mail", .once)
            let begun = Gate()
            let over = Gate()
            let first = try await fixture.claim()
            let stale = Task {
                try await fixture.journal(first).perform(step) {
                    begun.open()
                    await over.wait()
                    return "sent"
                }
            }
            await begun.wait()
            try await fixture.crash()
            expect(try await fixture.step("mail"), has: ["status": "unknown", "output": nil])
            let second = try await fixture.claim()
            for _ in 1...2 {
                let failure = await #expect(throws: RunFailure.self) {
                    try await fixture.journal(second).perform(step) { never() }
                }
                #expect(failure?.code == "SIDE_EFFECT_UNKNOWN")
                #expect(failure?.failureClass == .tool && failure?.isPermanent == true)
            }
            over.open()
            let lost = await #expect(throws: RunFailure.self) { try await stale.value }
            #expect(lost?.code == "LEASE_LOST")
            // The stale attempt journals nothing.
            expect(try await fixture.step("mail"), has: ["status": "unknown", "output": nil])
        }
    }

    @Test("an error that rules the effect out withdraws the claim")
    func refused() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("mail", .once)
            let first = try await fixture.claim()
            let journal = fixture.journal(first)
            await #expect(throws: Refused.self) {
                try await journal.perform(step) { throw Refused() }
            }
            #expect(try await fixture.step("mail") == nil)
            // By the same attempt, and by a later one.
            await #expect(throws: Refused.self) {
                try await journal.perform(step) { throw Refused() }
            }
            try await fixture.crash()
            let second = try await fixture.claim()
            #expect(try await fixture.journal(second).perform(step) { "sent" } == "sent")
        }
    }

    static let vagueErrors: [any Error & Sendable] = [Cut(), Silent(), CancellationError()]

    @Test(
        "any other error leaves the effect unknown, for this attempt and the next", arguments: 0..<3
    )
    func vague(number: Int) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("mail", .once)
            var job = try await fixture.claim()
            let journal = fixture.journal(job)
            await #expect(throws: (any Error).self) {
                try await journal.perform(step) { throw Self.vagueErrors[number] }
            }
            expect(
                try await fixture.step("mail"),
                has: [
                    "status": "unknown", "error": .string("\(type(of: Self.vagueErrors[number]))"),
                ])
            var later: any Journal = journal
            for _ in 1...2 {
                let failure = await #expect(throws: RunFailure.self) {
                    try await later.perform(step) { never() }
                }
                #expect(failure?.code == "SIDE_EFFECT_UNKNOWN")
                try await fixture.crash()
                job = try await fixture.claim()
                later = fixture.journal(job)
            }
        }
    }

    @Test("a body that suspends has done nothing yet")
    func suspended() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("ask", .once)
            let journal = fixture.journal(try await fixture.claim())
            await #expect(throws: Suspension.self) {
                try await journal.perform(step) { throw Suspension(key: "k", reason: "r") }
            }
            #expect(try await fixture.step("ask") == nil)
        }
    }

    @Test("an unknown effect with an answer is told again, and shown as unknown")
    func answered() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let step = JournalFixture.step("mail", .once)
            let first = try await fixture.claim()
            let live = try await fixture.journal(first).perform(step) {
                throw UnknownEffect(answer: ["error": "no answer"])
            }
            expect(
                try await fixture.step("mail"),
                has: ["status": "unknown", "output": ["error": "no answer"]])
            try await fixture.crash()
            let second = try await fixture.claim()
            let replayed = try await fixture.journal(second).perform(step) { never() }
            #expect(live == replayed)
        }
    }

    @Test("a changed request is done anew when the earlier one ended, and refused when it did not")
    func changed() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let first = fixture.journal(try await fixture.claim())
            _ = try await first.perform(JournalFixture.step("done", .once)) { 1 }
            _ = try? await first.perform(JournalFixture.step("cut", .once)) { throw Cut() }
            try await fixture.crash()
            let second = fixture.journal(try await fixture.claim())
            let done = JournalFixture.step("done", .once, request: "another")
            #expect(try await second.perform(done) { 2 } == 2)
            expect(
                try await fixture.step("done"),
                has: ["status": "done", "output": 2, "divergences": 1])
            let failure = await #expect(throws: RunFailure.self) {
                try await second.perform(JournalFixture.step("cut", .once, request: "another")) {
                    never()
                }
            }
            #expect(failure?.code == "SIDE_EFFECT_UNKNOWN")
        }
    }

    @Test("of two claims of one step, one is done")
    func race() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            let done = Tally()
            await withTaskGroup(of: Void.self) { group in
                for _ in 1...8 {
                    // Each with a memory of its own, as if in a worker of its own.
                    let journal = fixture.journal(job)
                    group.addTask {
                        _ = try? await journal.perform(JournalFixture.step("mail", .once)) {
                            done.add()
                            return "sent"
                        }
                    }
                }
            }
            #expect(done.count == 1)
            expect(try await fixture.step("mail"), has: ["status": "done"])
        }
    }

    @Test(
        "an attempt that was taken over does nothing that must not happen twice, and keeps nothing")
    func stale() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let stale = fixture.journal(try await fixture.claim())
            try await fixture.crash()
            let failure = await #expect(throws: RunFailure.self) {
                try await stale.perform(JournalFixture.step("mail", .once)) { never() }
            }
            #expect(failure?.code == "LEASE_LOST")
            for effect in [SideEffect.none, .idempotent] {
                let failure = await #expect(throws: RunFailure.self) {
                    try await stale.perform(JournalFixture.step("fetch", effect)) { 1 }
                }
                #expect(failure?.code == "LEASE_LOST")
            }
            let failure2 = await #expect(throws: RunFailure.self) {
                try await stale.wait(
                    for: ExternalEvent(key: "ask", kind: "human_approval", request: [:]))
            }
            #expect(failure2?.code == "LEASE_LOST")
            #expect(try await fixture.count("run_steps") == 0)
        }
    }

    @Test("a journal that cannot be read or written stops the run, and is no divergence")
    func outage() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let journal = fixture.journal(try await fixture.claim())
            func broken(_ body: () async throws -> Void) async throws {
                try await fixture.connection.execute(script: "ALTER TABLE run_steps RENAME TO gone")
                try await body()
                try await fixture.connection.execute(script: "ALTER TABLE gone RENAME TO run_steps")
            }
            try await broken {
                let failure = await #expect(throws: RunFailure.self) {
                    try await journal.perform(JournalFixture.step("fetch")) { never() }
                }
                #expect(failure?.code == "LEDGER_UNAVAILABLE")
                #expect(failure?.failureClass == .transport)
            }
            #expect(try await journal.perform(JournalFixture.step("fetch")) { 1 } == 1)
            #expect(journal.counts == JournalCounts(performed: 1))
        }
    }
}
