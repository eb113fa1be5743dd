import Glibc
import TestSupport
import Testing

@Suite("test process", .timeLimit(.minutes(1)))
struct TestProcessTests {
    @Test("output of both streams, the exit code and the environment are there")
    func output() async throws {
        let process = try TestProcess(
            "/bin/sh", ["-c", "echo out $WORD; echo err >&2; cat; exit 3"],
            environment: ["WORD": "set", "HOME": nil], input: "from stdin")
        try await process.waitForLine(containing: "out set")
        #expect(try await process.waitForExit() == .code(3))
        #expect(process.stdout == "out set\nfrom stdin\n")
        #expect(process.stderr == "err\n")
        #expect(!process.isRunning)
    }

    @Test("a signal ends it, and a line that never comes is named")
    func signal() async throws {
        let process = try TestProcess("/bin/sleep", ["60"])
        await #expect {
            try await process.waitForLine(containing: "never", timeout: .milliseconds(50))
        } throws: { "\($0)".contains("never") }
        process.terminate(SIGTERM)
        #expect(try await process.waitForExit() == .signal(SIGTERM))
    }

    @Test("what is awaited in vain is named")
    func eventuallyFails() async throws {
        await #expect {
            try await eventually(within: .milliseconds(30), "the end of days") { false }
        } throws: { "\($0)".contains("the end of days") }
    }

    @Test("a migrated database has what the migrations make, and is its own")
    func migrated() async throws {
        let (one, two) = (
            try await TestDatabase.make(migrated: true), try await TestDatabase.make(migrated: true)
        )
        #expect(one.name != two.name)
        #expect(
            try await one.pool().query("SELECT current_database() AS n")[0].decode("n") == one.name)
        try await one.drop()
        try await two.drop()
    }
}
