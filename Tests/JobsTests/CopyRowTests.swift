import FoundationEssentials
import Jobs
import Testing

@Suite("COPY lines")
struct CopyRowTests {
    private func line(_ job: JobRequest) -> String {
        String(
            decoding: CopyRow.encode(job, now: Date(timeIntervalSince1970: 0.25)), as: UTF8.self)
    }

    @Test("a plain job has a field per column, and nothing stands as \\N")
    func plain() {
        #expect(
            line(JobRequest(kind: "generation", payload: ["prompt": "p"]))
                == #"generation\#t{"prompt":"p"}\#t\N\#t\N\#tdefault\#t0\#t1970-01-01T00:00:00.250Z"#
                + "\t3\t\\N\t\\N\tmanual\t\\N\n")
    }

    @Test("every field can be given")
    func full() {
        let agent = UUID()
        let job = JobRequest(
            kind: "agentkit", payload: [:], userID: "u", agentID: agent, queue: "q", priority: 9,
            runAt: Date(timeIntervalSince1970: 1_700_000_000), maxAttempts: 7, timeoutSeconds: 60,
            uniqueKey: "k", executionType: "scheduled", traceContext: "00-a-b-01")
        #expect(
            line(job) == "agentkit\t{}\tu\t\(agent.uuidString)\tq\t9\t2023-11-14T22:13:20.000Z"
                + "\t7\t60\tk\tscheduled\t00-a-b-01\n")
    }

    @Test(
        "the format's own characters are escaped, a NUL is left out",
        arguments: zip(
            ["a\tb", "a\nb", "a\rb", "a\\b", "\\N", "\\.", "a\0b", "ž😀"],
            ["a\\tb", "a\\nb", "a\\rb", "a\\\\b", "\\\\N", "\\\\.", "ab", "ž😀"]))
    func escapes(text: String, written: String) {
        let fields = line(JobRequest(kind: "k", payload: [:], userID: text))
            .split(separator: "\t", omittingEmptySubsequences: false)
        #expect(fields.count == 12 && fields[2] == written)
    }

    @Test("text inside the payload is escaped twice: by JSON, then by COPY")
    func payload() {
        let fields = line(JobRequest(kind: "k", payload: ["p": "a\n\"\\"])).split(separator: "\t")
        #expect(fields[1] == #"{"p":"a\\n\\"\\\\"}"#)
    }
}
