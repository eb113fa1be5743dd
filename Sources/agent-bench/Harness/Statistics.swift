/// The middle and the extremes of the repetitions.
struct Statistics: Sendable, Hashable {
    let median: Double
    let least: Double
    let most: Double

    /// nil without values.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        least = first
        most = last
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Half the distance of the extremes, in percent of the median; nil when the median is 0.
    var spreadPercent: Double? {
        median == 0 ? nil : (most - least) / 2 / abs(median) * 100
    }

    /// The value below which `share` (0…1) of the values lie, by the nearest rank.
    static func percentile(_ share: Double, of values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
    }
}
