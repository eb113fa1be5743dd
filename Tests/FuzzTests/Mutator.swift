import TestSupport

/// Changes inputs a little, as a seed says: the poor relation of libFuzzer, for the test suite.
struct Mutator {
    private static let telling: [UInt8] =
        Array("{}[]\",:\\0123456789-+eE. \n\r\t\u{0}xu".utf8) + [0xFF, 0xC0, 0x80]

    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func next(below limit: Int) -> Int {
        Int(random.next() % UInt64(max(1, limit)))
    }

    mutating func mutate(_ corpus: [[UInt8]]) -> [UInt8] {
        var bytes = corpus[next(below: corpus.count)]
        for _ in 0...next(below: 6) {
            let place = next(below: bytes.count + 1)
            switch next(below: 6) {
            case 0 where place < bytes.count: bytes[place] = UInt8(next(below: 256))
            case 1 where place < bytes.count:
                bytes[place] = Self.telling[next(below: Self.telling.count)]
            case 2: bytes.insert(Self.telling[next(below: Self.telling.count)], at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + next(below: 16)))
            case 4:
                let other = corpus[next(below: corpus.count)]
                let start = next(below: other.count)
                bytes.insert(contentsOf: other[start..<min(other.count, start + 40)], at: place)
            default:
                let end = min(bytes.count, place + next(below: 40))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }
}
