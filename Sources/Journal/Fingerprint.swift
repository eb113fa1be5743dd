import JSON

/// A short name of a value's content: equal values have equal fingerprints, whatever the order of
/// their members.
///
/// FNV-1a in its 128-bit form (Fowler, Noll, Vo; offset basis and prime from their page) over the
/// canonical JSON, as 32 hexadecimal digits. It tells a changed request from an equal one; it is
/// no defence against somebody who looks for collisions.
public enum Fingerprint {
    /// The fingerprint of a value.
    public static func of(_ value: JSONValue) -> String { of(value.canonical) }

    /// The fingerprint of a text.
    public static func of(_ text: String) -> String {
        var hash = offsetBasis
        for byte in text.utf8 {
            hash ^= UInt128(byte)
            hash = hash &* prime
        }
        return String(unsafeUninitializedCapacity: 32) { buffer in
            for place in 0..<32 {
                buffer[place] = digits[Int(truncatingIfNeeded: hash >> (124 - 4 * place)) & 15]
            }
            return 32
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
    private static let offsetBasis: UInt128 =
        UInt128(0x6c62_272e_07bb_0142) << 64 | UInt128(0x62b8_2175_6295_c58d)
    private static let prime: UInt128 = UInt128(1) << 88 | UInt128(0x13b)
}
