import FoundationEssentials
import JSON
import Postgres
import TestSupport
import Testing

@Suite("values", .timeLimit(.minutes(2)))
struct RoundTripTests {
    static let database = SuiteDatabase()

    private func connect() async throws -> PostgresConnection {
        try await Self.database.get().connect()
    }

    /// Sends `value` as `$1::type` and reads it back.
    private func echo<T: PostgresDecodable>(
        _ value: PostgresParameter, _ type: String, as result: T.Type = T.self
    ) async throws -> T {
        let rows = try await connect().query("SELECT $1::\(type) AS value", [value])
        return try rows[0].decode(T.self, "value")
    }

    @Test("booleans and integers come back, at the ends of their ranges")
    func integers() async throws {
        #expect(try await echo(.bool(true), "boolean") == true)
        #expect(try await echo(.bool(false), "boolean") == false)
        for value in [Int16.min, -1, 0, .max] {
            #expect(try await echo(.int16(value), "smallint") == value)
        }
        for value in [Int32.min, -1, 0, .max] {
            #expect(try await echo(.int32(value), "integer") == value)
        }
        for value in [Int64.min, -1, 0, .max] {
            #expect(try await echo(.int64(value), "bigint") == value)
            #expect(try await echo(.int64(value), "bigint") == Int(value))
        }
    }

    @Test(
        "doubles come back to the bit",
        arguments: [0, -0.0, 0.1, .pi, .infinity, -.infinity, .leastNonzeroMagnitude, 1.7e308])
    func doubles(value: Double) async throws {
        let back: Double = try await echo(.double(value), "double precision")
        #expect(back.bitPattern == value.bitPattern)
    }

    @Test(
        "text comes back, whatever is in it",
        arguments: ["", "plain", "'; DROP TABLE x; --", "$1 \\ \" \n\t", "čeština 😀 \u{10FFFF}"])
    func text(value: String) async throws {
        #expect(try await echo(.text(value), "text") == value)
        #expect(try await echo(.textArray([value, value]), "text[]") == [value, value])
        let bytes: String = try await echo(.bytes(Array(value.utf8)), "bytea::text")
        #expect(bytes.hasPrefix("\\x"))
    }

    @Test("text of 10 MB comes back")
    func longText() async throws {
        let text = String(repeating: "0123456789", count: 1 << 20)
        let back: String = try await echo(.text(text), "text")
        #expect(back == text)
    }

    @Test("a NUL in a text is refused as the server would, and the connection stays usable")
    func nul() async throws {
        let connection = try await connect()
        await #expect { try await connection.query("SELECT $1::text", [.text("a\0b")]) } throws: {
            let error = $0 as? PostgresError
            return error?.sqlState == "22021" && error?.isDataRejected == true
        }
        await #expect {
            try await connection.query("SELECT $1::text[]", [.textArray(["a\0b"])])
        } throws: { ($0 as? PostgresError)?.sqlState == "22021" }
        #expect(try await connection.query("SELECT 1 AS one")[0].decode(Int.self, "one") == 1)
    }

    @Test("text takes the type that the statement expects: numeric, enum, interval, uuid, jsonb")
    func untypedText() async throws {
        let connection = try await connect()
        try await connection.execute(
            script: """
                CREATE TYPE mood AS ENUM ('sad', 'ok');
                CREATE TABLE untyped (m mood, n numeric(10, 4), i interval, u uuid, j jsonb);
                """)
        let id = UUID()
        let rows = try await connection.query(
            "INSERT INTO untyped VALUES ($1, $2, $3, $4, $5) RETURNING m, n, i = '1 h' AS h, u, j",
            [.text("ok"), .text("1.5"), .text("60 min"), .text(id.uuidString), .text(#"{"a":1}"#)])
        #expect(try rows[0].decode(String.self, "m") == "ok")
        #expect(try rows[0].decode(String.self, "n") == "1.5000")
        #expect(try rows[0].decode(Bool.self, "h"))
        #expect(try rows[0].decode(UUID.self, "u") == id)
        #expect(try rows[0].decode(JSONValue.self, "j") == ["a": 1])
    }

    @Test(
        "numeric is read as its exact decimal text",
        arguments: [
            "0", "0.00", "1", "-1", "10000", "9999", "0.1", "0.0001", "0.00010000", "-0.5",
            "123456789012345678901234567890.123456789012345678901234567890", "1e100", "1e-50",
            "100000000", "99990000.00009999", "NaN", "Infinity", "-Infinity", "-12345.6700",
        ])
    func numeric(literal: String) async throws {
        let rows = try await connect().query(
            "SELECT $1::numeric AS value, $1::numeric::text AS wanted", [.text(literal)])
        let wanted: String = try rows[0].decode("wanted")
        #expect(try rows[0].decode(String.self, "value") == wanted)
        if literal.count < 12 {
            #expect(try rows[0].decode(Double.self, "value").isNaN == (literal == "NaN"))
        }
    }

    @Test("uuids and arrays come back, empty ones too")
    func arrays() async throws {
        let ids = (0..<100).map { _ in UUID() }
        #expect(try await echo(.uuid(ids[0]), "uuid") == ids[0])
        #expect(try await echo(.uuidArray(ids), "uuid[]") == ids)
        #expect(try await echo(.uuidArray([]), "uuid[]") == [UUID]())
        let dates = [Date(timeIntervalSince1970: 1_700_000_000.123457), .distantPast]
        let back = try await connect().query(
            "SELECT at FROM unnest($1::timestamptz[]) WITH ORDINALITY AS u (at, n) ORDER BY n",
            [.dateArray(dates)])
        #expect(back.count == dates.count)
        for (row, date) in zip(back, dates) {
            #expect(abs(try row.decode(Date.self, "at").timeIntervalSince(date)) < 0.000_000_5)
        }
        #expect(try await echo(.int64Array([1, .min, .max]), "bigint[]") == [1, Int64.min, .max])
        #expect(try await echo(.int64Array([]), "bigint[]") == [Int64]())
        #expect(try await echo(.textArray([]), "text[]") == [String]())
        #expect(try await echo(.doubleArray([0.1, -2]), "double precision[]") == [0.1, -2])
        #expect(try await echo(.boolArray([true, false]), "boolean[]") == [true, false])
    }

    @Test("arrays go through unnest, NULLs and jsonb elements included")
    func unnest() async throws {
        let rows = try await connect().query(
            """
            SELECT t, j FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS u (t, j, n)
            ORDER BY n
            """, [.optionalTextArray(["a", nil]), .jsonArray([["k": [1, 2.50]], nil])])
        #expect(rows.count == 2)
        #expect(try rows[0].decode(String.self, "t") == "a")
        #expect(try rows[0].decode(JSONValue.self, "j") == ["k": [1, 2.5]])
        #expect(try rows[1].decodeIfPresent(String.self, "t") == nil)
        #expect(try rows[1].decode(JSONValue.self, "j").isNull)
        await #expect {
            try await echo(.optionalTextArray([nil]), "text[]", as: [String].self)
        } throws: { ($0 as? PostgresError)?.code == .decoding }
    }

    @Test("jsonb comes back with the exact text of its numbers; json as it is")
    func json() async throws {
        let value: JSONValue = ["text": "a\u{1}\"\\ü", "list": [1, 2.5, true, nil], "o": [:]]
        #expect(try await echo(.json(value), "jsonb") == value)
        let rows = try await connect().query(
            "SELECT '1.000000000000000000001'::jsonb AS b, '{\"a\": 1,  \"a\": 2}'::json AS j")
        #expect(
            try rows[0].decode(JSONValue.self, "b").serialized == "1.000000000000000000001")
        #expect(try rows[0].decode(String.self, "j") == "{\"a\": 1,  \"a\": 2}")
    }

    @Test("a date comes back to the microsecond, and infinity as the distant future")
    func dates() async throws {
        for seconds in [0, 1_700_000_000.123456, -62_000_000_000, 4_102_444_800.999999] {
            let date = Date(timeIntervalSince1970: seconds)
            let back: Date = try await echo(.date(date), "timestamptz")
            #expect(abs(back.timeIntervalSince(date)) < 0.000_001)
            let text: Double = try await connect().query(
                "SELECT extract(epoch FROM $1::timestamptz)::float8 AS value", [.date(date)])[0]
                .decode("value")
            #expect(abs(text - seconds) < 0.000_002)
        }
        let rows = try await connect().query("SELECT 'infinity'::timestamptz AS value")
        #expect(try rows[0].decode(Date.self, "value") == .distantFuture)
    }

    @Test("NULL fits every type, also where the statement was prepared with a value, and back")
    func nulls() async throws {
        let connection = try await connect()
        let sql = "SELECT $1::bigint AS i, $2::uuid AS u, $3::jsonb AS j, $4::text AS t"
        let id = UUID()
        let full: [PostgresParameter] = [.int64(7), .uuid(id), .json([1]), .text("x")]
        for mask in [0b1111, 0b0000, 0b1010, 0b0101, 0b1111, 0b0001] {
            let parameters = full.indices.map { mask & (1 << $0) != 0 ? full[$0] : .null }
            let row = try await connection.query(sql, parameters)[0]
            #expect(try row.decodeIfPresent(Int64.self, "i") == (mask & 1 != 0 ? 7 : nil))
            #expect(try row.decodeIfPresent(UUID.self, "u") == (mask & 2 != 0 ? id : nil))
            #expect(try row.decodeIfPresent(JSONValue.self, "j") == (mask & 4 != 0 ? [1] : nil))
            #expect(try row.decodeIfPresent(String.self, "t") == (mask & 8 != 0 ? "x" : nil))
        }
        let none = PostgresParameter.orNull(String?.none, PostgresParameter.text)
        #expect(try await connection.query(sql, [.null, .null, .null, none]).count == 1)
    }

    @Test("a wrong type, an absent column, a NULL and a value out of range are decoding errors")
    func decodingErrors() async throws {
        let row = try await connect().query("SELECT 'x' AS t, 70000 AS i, NULL::int AS n")[0]
        func fails(_ body: () throws -> Void) -> Bool {
            do {
                try body()
                return false
            } catch {
                return (error as? PostgresError)?.code == .decoding
            }
        }
        #expect(fails { _ = try row.decode(Int.self, "t") })
        #expect(fails { _ = try row.decode(Int16.self, "i") })
        #expect(fails { _ = try row.decode(String.self, "i") })
        #expect(fails { _ = try row.decode(Int.self, "n") })
        #expect(fails { _ = try row.decode(Int.self, "absent") })
        #expect(try row.decode(Int32.self, "i") == 70000)
    }
}
