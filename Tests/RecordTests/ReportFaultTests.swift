import FoundationEssentials
import JSON
import Postgres
import TestSupport
import Testing

@Suite("faulty run reports", .timeLimit(.minutes(2)))
struct ReportFaultTests {
    static let database = SuiteDatabase(migrated: true)

    private static let faults: [(field: String, change: JSONValue)] = [
        ("execution_id", ["execution_id": "not-an-id"]), ("execution_id", ["execution_id": nil]),
        ("execution_id", ["execution_id": 7]), ("engine", ["engine": "toaster"]),
        ("engine", ["engine": nil]), ("agent_id", ["agent_id": "x"]),
        ("user_id", ["user_id": "u-7"]),
        ("success", ["success": "true"]), ("success", ["success": nil]),
        ("duration_ms", ["duration_ms": "12"]), ("duration_ms", ["duration_ms": nil]),
        ("tokens.total", ["tokens": [:]]), ("tokens.total", ["tokens": ["total": "9"]]),
        ("tokens.total", ["tokens": 9]),
    ]

    @Test("a missing or mistyped field is named, and nothing of the batch is written")
    func faults() async throws {
        let connection = try await Self.database.get().connect()
        for (field, change) in Self.faults {
            let good = UUID()
            let reports: JSONValue = [
                Samples.report(id: good), Samples.with(change, Samples.report()),
            ]
            await #expect {
                try await connection.query("SELECT log_agent_runs($1)", [.json(reports)])
            } throws: {
                let error = $0 as? PostgresError
                return error?.sqlState == "22023"
                    && error?.message == "run 2: \(field) is missing or mistyped"
            }
            let count = try await connection.query(
                "SELECT count(*) AS count FROM agent_executions WHERE id = $1", [.uuid(good)])
            #expect(try count[0].decode(Int.self, "count") == 0)
        }
        await connection.close()
    }

    @Test("an absent field counts as missing")
    func absent() async throws {
        let connection = try await Self.database.get().connect()
        for (key, field) in [
            ("execution_id", "execution_id"), ("engine", "engine"), ("agent_id", "agent_id"),
            ("user_id", "user_id"), ("success", "success"), ("duration_ms", "duration_ms"),
            ("tokens", "tokens.total"),
        ] {
            var report = Samples.report()
            report[key] = nil
            await #expect {
                try await connection.query("SELECT log_agent_run($1)", [.json(report)])
            } throws: {
                ($0 as? PostgresError)?.message == "run 1: \(field) is missing or mistyped"
            }
        }
        await connection.close()
    }

    @Test("what is not an array of reports is refused, an empty array records nothing")
    func notAnArray() async throws {
        let connection = try await Self.database.get().connect()
        for function in ["log_agent_runs", "update_agent_intensity_metrics"] {
            for value: JSONValue in [["a": 1], "x", [7], [nil], [[]]] {
                await #expect {
                    try await connection.query("SELECT \(function)($1)", [.json(value)])
                } throws: { ($0 as? PostgresError)?.sqlState == "22023" }
            }
        }
        #expect(try await connection.query("SELECT log_agent_runs('[]')").isEmpty)
        try await connection.query("SELECT update_agent_intensity_metrics('[]')")
        await connection.close()
    }
}
