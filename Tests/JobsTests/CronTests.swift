import FoundationEssentials
import Jobs
import Postgres
import TestSupport
import Testing

/// Reading cron and finding ticks: pure functions of the database, as tables.
@Suite("cron", .serialized, .timeLimit(.minutes(2)))
struct CronTests {
    static let database = SuiteDatabase(migrated: true)

    /// Ticks after a moment, as the zone's clocks and their offset.
    private func ticks(
        _ cron: String, _ zone: String, after: String, _ limit: Int
    ) async throws -> [String] {
        let connection = try await Self.database.get().connect()
        let ticks = try await JobQueue(connection).ticks(
            of: cron, in: zone, after: try Date(after, strategy: .iso8601), limit: limit)
        await connection.close()
        return ticks.map { String($0.local.dropFirst(5)) }
    }

    @Test(
        "a text that is no expression is refused with the field, the character and the reason",
        arguments: [
            ("60 * * * *", #"minute field, character 1: "60" is not 0-59"#),
            ("0  24 * * *", #"hour field, character 4: "24" is not 0-23"#),
            ("0 0 0 * *", #"day of month field, character 5: "0" is not 1-31"#),
            ("0 0 * jab *", #"month field, character 7: "jab" is not 1-12 or jan-dec"#),
            ("0 0 * * 8", #"day of week field, character 9: "8" is not 0-7 or sun-sat"#),
            (
                "0 0 1,x,3 * *",
                #"day of month field, character 7: "x" is not 1-31"#
            ),
            ("5-1 * * * *", "character 1: \"5-1\" runs backwards; write it as two ranges"),
            ("*/0 * * * *", "has a step of 0"),
            ("1,,2 * * * *", #"character 3: "" is none of *, a, a-b"#),
            ("1-2-3 * * * *", "is none of *, a, a-b, each with or without /step"),
            ("? * * * *", "is none of *, a, a-b"),
            ("0 9 1W * *", #"character 5: "1W" is none of"#),
            ("99999999999999999999 * * * *", "is none of *, a, a-b"),
            ("* * * *", "five fields are needed"), ("", "there are 0"),
            ("0 0 * * * *", "there are 6"), ("@dayly", #""@dayly" is not one of @yearly"#),
        ])
    func refused(cron: String, reason: String) async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await ticks(cron, "UTC", after: "2026-01-01T00:00:00Z", 1)
        }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.sqlState == "22023")
    }

    @Test(
        "a time zone is an IANA name; an abbreviation or a rule is refused",
        arguments: ["Europe/Berln", "CEST", "Berlin+3", "EST5EDT4,M3.2.0", "posix/UTC", "", "/"])
    func zone(name: String) async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await ticks("0 0 * * *", name, after: "2026-01-01T00:00:00Z", 1)
        }
        #expect(error?.message == "time zone \"\(name)\" is not known")
        #expect(error?.hint?.contains("Europe/Berlin") == true)
    }

    @Test(
        "fields, lists, ranges, steps, names and the rule of the two day fields",
        arguments: [
            ("30 9 * * MON-FRI", ["01-02 09:30", "01-05 09:30", "01-06 09:30"]),
            ("*/25 8 * * *", ["01-02 08:00", "01-02 08:25", "01-02 08:50"]),
            ("5/30 8 * * *", ["01-02 08:05", "01-02 08:35", "01-03 08:05"]),
            ("0 0 1,15 * *", ["01-15 00:00", "02-01 00:00", "02-15 00:00"]),
            // either day field
            ("0 0 13 * fri", ["01-02 00:00", "01-09 00:00", "01-13 00:00"]),
            // both, for one begins with *
            ("0 0 */7 * fri", ["05-01 00:00", "05-08 00:00", "05-15 00:00"]),
            ("0 12 29 feb ?", ["02-29 12:00", "02-29 12:00", "02-29 12:00"]),
            ("0 0 * * 7", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
            ("0 0 * * fri-sun", ["01-02 00:00", "01-03 00:00", "01-04 00:00"]),
            ("@hourly", ["01-01 13:00", "01-01 14:00", "01-01 15:00"]),
            ("@WEEKLY", ["01-04 00:00", "01-11 00:00", "01-18 00:00"]),
            ("@yearly", ["01-01 00:00", "01-01 00:00", "01-01 00:00"]),
            ("0 0 30 2 *", []),
        ])
    func fields(cron: String, expected: [String]) async throws {
        #expect(
            try await ticks(cron, "UTC", after: "2026-01-01T12:00:00Z", 3)
                == expected.map { $0 + " +00:00" })
    }

    @Test(
        "a time that the clocks skip ticks at the first moment after the gap, once",
        arguments: [
            ("30 2 * * *", ["03-28 02:30 +01:00", "03-29 03:00 +02:00", "03-30 02:30 +02:00"]),
            ("*/20 2 29 3 *", ["03-29 03:00 +02:00"]),
            // 02:00 and 03:00 are one moment that day
            ("0 2,3,4 29 3 *", ["03-29 03:00 +02:00", "03-29 04:00 +02:00"]),
            ("0 */2 29 3 *", ["03-29 00:00 +01:00", "03-29 03:00 +02:00", "03-29 04:00 +02:00"]),
        ])
    func gap(cron: String, expected: [String]) async throws {
        let found = try await ticks(cron, "Europe/Berlin", after: "2026-03-27T12:00:00Z", 3)
        #expect(Array(found.prefix(expected.count)) == expected)
    }

    @Test(
        "a time that comes twice ticks the first time only",
        arguments: [
            ("30 2 * * *", ["10-24 02:30 +02:00", "10-25 02:30 +02:00", "10-26 02:30 +01:00"]),
            ("*/30 2 25 10 *", ["10-25 02:00 +02:00", "10-25 02:30 +02:00"]),
        ])
    func overlap(cron: String, expected: [String]) async throws {
        let found = try await ticks(cron, "Europe/Berlin", after: "2026-10-23T12:00:00Z", 3)
        #expect(Array(found.prefix(expected.count)) == expected)
        // Asked within the repeated hour, the next is the next day's.
        #expect(
            try await ticks(cron, "Europe/Berlin", after: "2026-10-25T01:10:00Z", 1)
                .first != "10-25 02:30 +01:00")
    }

    @Test("an expression of all hours runs by elapsed time through gap and overlap")
    func elapsed() async throws {
        #expect(
            try await ticks("0 * * * *", "Europe/Berlin", after: "2026-03-28T23:30:00Z", 3)
                == ["03-29 01:00 +01:00", "03-29 03:00 +02:00", "03-29 04:00 +02:00"])
        #expect(
            try await ticks("*/30 0-23 * * *", "Europe/Berlin", after: "2026-10-24T23:45:00Z", 5)
                == [
                    "10-25 02:00 +02:00", "10-25 02:30 +02:00", "10-25 02:00 +01:00",
                    "10-25 02:30 +01:00", "10-25 03:00 +01:00",
                ])
    }

    @Test(
        "zones that change by half an hour, at midnight, or skip a whole day",
        arguments: [
            (
                "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T10:00:00Z",
                ["10-04 02:30 +11:00", "10-05 02:15 +11:00"]
            ),
            (
                "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T10:00:00Z",
                ["04-05 01:45 +11:00", "04-06 01:45 +10:30"]
            ),
            (
                "0 0 * * *", "Africa/Cairo", "2026-04-23T10:00:00Z",
                ["04-24 01:00 +03:00", "04-25 00:00 +03:00"]
            ),
            // 30 December 2011 did not happen there.
            (
                "0 9 * * *", "Pacific/Apia", "2011-12-29T20:00:00Z",
                ["12-31 00:00 +14:00", "12-31 09:00 +14:00"]
            ),
            (
                "0 * 30 12 *", "Pacific/Apia", "2011-12-29T20:00:00Z",
                ["12-30 00:00 +14:00", "12-30 01:00 +14:00"]
            ),
        ])
    func zones(cron: String, zone: String, after: String, expected: [String]) async throws {
        #expect(try await ticks(cron, zone, after: after, 2) == expected)
    }

    @Test(
        "the latest ticks of a long time are found without walking it",
        arguments: [("*/5 * * * *", 3), ("0 9 * * MON", 5), ("* 3 1 * *", 70), ("0 0 1 1 *", 50)])
    func latest(cron: String, wanted: Int) async throws {
        let connection = try await Self.database.get().connect()
        let rows = try await connection.query(
            """
            SELECT latest_cron_ticks($1, 'Europe/Berlin', '2021-01-01 00:00Z', '2026-03-29 01:00Z', $2)
                    = (SELECT w.ticks[greatest(cardinality(w.ticks) - $2, 0) + 1:]) AS same,
                cardinality(w.ticks) > 0 AS any
            FROM (SELECT cron_ticks($1, 'Europe/Berlin',
                greatest('2021-01-01 00:00Z', CASE WHEN $2 = 3 THEN '2026-03-28 00:00Z'::timestamptz
                    ELSE '2021-01-01 00:00Z' END),
                '2026-03-29 01:00Z', 100000) AS ticks) AS w
            """, [.text(cron), .int32(Int32(wanted))])
        #expect(try rows[0].decode(Bool.self, "same"))
        #expect(try rows[0].decode(Bool.self, "any"))
        await connection.close()
    }
}
