import Testing

@testable import agent_bench

@Suite("numbers in tables")
struct NumberTextTests {
    @Test(
        "three digits are kept, thousands are separated",
        arguments: [
            (0, "0"), (0.0123, "0.012"), (1.236, "1.24"), (15.34, "15.3"), (123.6, "124"),
            (27_000, "27,000"), (1_234_567.8, "1,234,568"), (-0.5, "-0.500"), (-1_500, "-1,500"),
            (35, "35"),
        ])
    func short(value: Double, text: String) {
        #expect(NumberText.short(value) == text)
    }
}
