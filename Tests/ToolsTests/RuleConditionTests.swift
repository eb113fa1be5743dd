import JSON
import Testing

@testable import Tools

@Suite("Conditions of rules")
struct RuleConditionTests {
    private static let arguments: JSONValue = [
        "to": ["a", "b", "c"], "amount": 1000, "currency": "EUR", "text": "größe",
        "options": ["urgent": true], "length": 5,
    ]

    @Test(
        "comparisons with constants",
        arguments: [
            ("to.length > 2", true), ("to.length > 3", false), ("to.length >= 3", true),
            ("text.length == 5", true), ("amount >= 1e3", true), ("amount < 1000.0", false),
            ("amount === 1000.0", true), ("currency == 'EUR'", true),
            ("currency != \"EUR\"", false), ("options.urgent == true", true),
            ("absent == null", true), ("absent.length > 1", false), ("absent != undefined", false),
            ("currency > 3", false), ("length == 5", true), ("currency == 'a && b'", false),
            ("amount > 1 && currency == 'EUR'", true), ("amount > 1 && currency == 'USD'", false),
            ("amount > 5000 || to.length<=3", true), ("amount !== 7", true),
        ])
    func holds(text: String, expected: Bool) throws {
        let condition = try #require(RuleCondition(parsing: text))
        #expect(condition.holds(for: Self.arguments) == expected)
    }

    @Test(
        "anything else cannot be checked",
        arguments: [
            "", "to", "to.length", "> 3", "to.length > limit", "f(x) > 1",
            "a > 1 && b > 2 || c > 3",
            "a == 'open", "a = 1", "a + b > 3", "!a", "a > 1 &&", "a > 1 > 2", "a in [1,2]",
        ])
    func unsupported(text: String) {
        #expect(RuleCondition(parsing: text) == nil)
    }
}
