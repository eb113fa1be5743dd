import Testing

@testable import agent_bench

@Suite("statements in a server's log")
struct LoggedStatementTests {
    @Test("a statement of several lines is read with the values of its parameters")
    func read() {
        let log = """
            2026-01-31 10:00:00.000 UTC [7] LOG:  execute s1: SELECT id
            \tFROM jobs
            \tWHERE note = $1 AND key = $2 AND worker = $3
            2026-01-31 10:00:00.000 UTC [7] DETAIL:  parameters: $1 = 'it''s, $2 = ''x''', $2 = NULL, $3 = '{a,b}'
            2026-01-31 10:00:00.001 UTC [7] LOG:  checkpoint starting: time
            2026-01-31 10:00:00.002 UTC [8] LOG:  execute <unnamed>: SELECT 1
            """
        #expect(
            LoggedStatement.read(log) == [
                LoggedStatement(
                    sql: "SELECT id\nFROM jobs\nWHERE note = $1 AND key = $2 AND worker = $3",
                    parameters: ["it's, $2 = 'x'", nil, "{a,b}"]),
                LoggedStatement(sql: "SELECT 1", parameters: []),
            ])
    }
}
