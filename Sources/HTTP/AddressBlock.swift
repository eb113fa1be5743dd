/// A block of IP addresses in CIDR notation: `10.0.0.0/8`, `::1/128`, `192.0.2.1`.
public struct AddressBlock: Sendable, Hashable {
    let address: IPAddress
    let prefixLength: Int

    /// Parses CIDR notation; an address alone is a block of one. Nil when malformed, or when a bit
    /// behind the prefix is set (`10.0.0.1/8` is more likely a slip than a wish).
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        var prefixLength = address.bytes.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let length = Int(parts[1]), length <= prefixLength
            else { return nil }
            prefixLength = length
        }
        self.address = address
        self.prefixLength = prefixLength
        guard address.bytes.indices.allSatisfy({ address.bytes[$0] & ~mask(at: $0) == 0 }) else {
            return nil
        }
    }

    func contains(_ candidate: IPAddress) -> Bool {
        candidate.bytes.count == address.bytes.count
            && address.bytes.indices.allSatisfy {
                candidate.bytes[$0] & mask(at: $0) == address.bytes[$0]
            }
    }

    /// The part of the prefix that lies in byte `index`.
    private func mask(at index: Int) -> UInt8 {
        let bits = min(8, max(0, prefixLength - index * 8))
        return bits == 0 ? 0 : UInt8.max << (8 - bits)
    }
}
