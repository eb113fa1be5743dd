#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// An IPv4 or IPv6 address as its bytes in network order (4 or 16).
struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    var isIPv4: Bool { bytes.count == 4 }

    init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16)
        self.bytes = bytes
    }

    /// Numeric text: dotted decimal with four parts, or IPv6 with an optional `%scope` that is
    /// dropped. Nil for anything else, the legacy forms `127.1`, `0x7f.1` and `2130706433` included.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        let unscoped = String(text.prefix { $0 != "%" })
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { [UInt8]($0) }
        } else if inet_pton(AF_INET6, unscoped, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { [UInt8]($0) }
        } else {
            return nil
        }
    }

    /// The address of a `sockaddr_in` or `sockaddr_in6`, given as its raw bytes; nil for another
    /// family or too few bytes.
    init?(family: Int32, sockaddr: UnsafeRawBufferPointer) {
        switch family {
        case AF_INET where sockaddr.count >= MemoryLayout<sockaddr_in>.size:
            let address = sockaddr.loadUnaligned(as: sockaddr_in.self)
            bytes = withUnsafeBytes(of: address.sin_addr) { [UInt8]($0) }
        case AF_INET6 where sockaddr.count >= MemoryLayout<sockaddr_in6>.size:
            let address = sockaddr.loadUnaligned(as: sockaddr_in6.self)
            bytes = withUnsafeBytes(of: address.sin6_addr) { [UInt8]($0) }
        default:
            return nil
        }
    }
}
