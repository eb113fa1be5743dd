import JSON
import Testing

@Suite("numbers")
struct JSONNumberTests {
    private func number(_ text: String) throws -> JSONNumber {
        try #require(JSONNumber(text: text))
    }

    @Test(
        "numbers of one value are equal and hash alike",
        arguments: [
            ["1", "1.0", "10e-1", "0.1e1", "1E0", "1.000e+0"],
            ["0", "-0", "0.0", "0e999999999", "-0e-5"],
            ["100", "1e2", "1E+2", "100.00", "0.001e5"], ["-1.5", "-15e-1", "-0.15e1"],
            ["9007199254740993", "9007199254740993.0", "9.007199254740993e15"],
            ["1e999999999", "10e999999998", "0.1e1000000000"],
        ])
    func equality(texts: [String]) throws {
        for left in texts {
            for right in texts {
                #expect(try number(left) == number(right))
                #expect(try number(left).hashValue == number(right).hashValue)
                #expect(
                    try JSONValue.number(number(left)).canonical
                        == "\(JSONValue.number(number(right)).canonical)")
            }
        }
    }

    @Test(
        "numbers are ordered by exact value",
        arguments: [
            ("1", "2"), ("-2", "-1"), ("-1", "0"), ("0", "1e-999999999"), ("-1e-999999999", "0"),
            ("9007199254740992", "9007199254740993"), ("0.1", "0.10000000000000000001"),
            ("1e400", "1e401"), ("-1e401", "-1e400"), ("99", "1e2"), ("1.5", "2"),
            ("-1e999999999", "1"),
        ])
    func order(small: String, large: String) throws {
        #expect(try number(small) < number(large))
        #expect(try !(number(large) < number(small)))
        #expect(try number(small) != number(large))
    }

    @Test(
        "an integral text is an integer, however written",
        arguments: [
            ("1", 1), ("1.0", 1), ("1e2", 100), ("-12.50e2", -1250), ("1.5", nil), ("1e-1", nil),
            ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("9.223372036854775807e18", .max),
            ("-9223372036854775808", .min), ("-9223372036854775808.0", .min),
            ("-9223372036854775809", nil), ("1e999999999", nil), ("0e999999999", 0), ("-0", 0),
            ("1e99999999999999999999999999", nil), ("1e-99999999999999999999999999", nil),
        ] as [(String, Int?)])
    func integers(text: String, int: Int?) throws {
        #expect(try number(text).int == int)
        #expect(try number(text).int64 == int.map { Int64($0) })
    }

    @Test(
        "multiples are exact",
        arguments: [
            ("10", "2", true), ("7", "2", false), ("0", "3", true), ("1", "0", false),
            ("4.5", "1.5", true), ("35", "1.5", false), ("0.0075", "0.0001", true),
            ("0.00751", "0.0001", false), ("0.3", "0.1", true), ("1e308", "0.123456789", false),
            ("12391239123", "1e-8", true), ("1e999999999", "3", false), ("3e999999999", "3", true),
            ("3e999999999", "0.3", true), ("1e-999999999", "1", false), ("-9", "3", true),
            ("9999999999999999999", "9999999999999999999", true),
            ("9999999999999999998", "9999999999999999999", false),
            ("99999999999999999980000000000000000001", "9999999999999999999", true),
        ])
    func multiples(value: String, divisor: String, expected: Bool) throws {
        #expect(try number(value).isMultiple(of: number(divisor)) == expected)
    }

    @Test(
        "a text that is no number makes none",
        arguments: ["", "01", "+1", "1.", ".1", "1e", "0x1", " 1", "1 ", "NaN", "--1"])
    func notNumbers(text: String) {
        #expect(JSONNumber(text: text) == nil)
    }

    @Test(
        "a double becomes its shortest text",
        arguments: [
            (1.0, "1"), (-0.0, "0"), (0.1, "0.1"), (1.5e300, "1.5e+300"),
            (.leastNonzeroMagnitude, "5e-324"),
            (9_007_199_254_740_992, "9007199254740992"), (.nan, "null"), (.infinity, "null"),
        ])
    func doubles(value: Double, text: String) throws {
        #expect(JSONValue(value).serialized == text)
        #expect(try JSONValue(parsing: text).serialized == text)
    }

    @Test(
        "the canonical text is one for each value",
        arguments: [
            ("1.50", "1.5"), ("-0", "0"), ("1e2", "100"), ("1e-3", "0.001"), ("123e-2", "1.23"),
            ("1e-9", "1e-9"), ("1e400", "1e400"), ("12.0e400", "12e400"), ("-5.0", "-5"),
        ])
    func canonical(text: String, canonical: String) throws {
        #expect(try JSONValue.number(number(text)).canonical == canonical)
    }

    @Test("the nearest double is given, infinite beyond its range")
    func toDouble() throws {
        #expect(try number("0.1").double == 0.1)
        #expect(try number("1e400").double == .infinity)
        #expect(try number("-1e400").double == -.infinity)
        #expect(try number("1e-400").double == 0)
    }
}
