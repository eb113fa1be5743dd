import FoundationEssentials
import TestSupport

/// A seeded source of chance.
struct Chance: RandomNumberGenerator {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> UInt64 { random.next() }

    /// Evenly drawn from 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Evenly drawn, both ends included.
    mutating func int(_ low: Int, _ high: Int) -> Int {
        low + Int(next() % UInt64(high - low + 1))
    }

    /// Evenly drawn, in milliseconds.
    mutating func milliseconds(_ low: Int, _ high: Int) -> Duration {
        .milliseconds(int(low, high))
    }

    mutating func happens(_ probability: Double) -> Bool { unit() < probability }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[int(0, choices.count - 1)]
    }

    mutating func uuid() -> UUID {
        let (high, low) = (next(), next())
        var bytes: [UInt8] = []
        for part in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: part >> UInt64(shift)))
            }
        }
        return bytes.withUnsafeBytes { UUID(uuid: $0.load(as: uuid_t.self)) }
    }
}
