import Testing

@testable import agent_bench

@Suite("statistics of repetitions")
struct StatisticsTests {
    @Test("the median of an even count is the mean of the middle two")
    func median() throws {
        #expect(try #require(Statistics([4, 1, 3, 2])).median == 2.5)
        #expect(try #require(Statistics([5, 1, 3])).median == 3)
        #expect(Statistics([]) == nil)
    }

    @Test("the spread is half the range in percent of the median")
    func spread() throws {
        let uneven = try #require(Statistics([90, 100, 120]))
        #expect(uneven.spreadPercent == 15)
        let zero = try #require(Statistics([0, 0]))
        #expect(zero.spreadPercent == nil)
    }

    @Test(
        "a percentile is the nearest rank",
        arguments: [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.001, 1.0)])
    func percentile(share: Double, value: Double) {
        let values = (1...100).reversed().map { Double($0) }
        #expect(Statistics.percentile(share, of: values) == value)
    }
}
