/// Which addresses a request may be sent to.
///
/// Checked on the socket address of every connection, after name resolution, so that no spelling of
/// an address and no change of a DNS answer gets around it; checked again before a request goes out
/// on a connection that is already open.
public struct AddressPolicy: Sendable, Hashable {
    private enum Rule: Sendable, Hashable {
        case any
        case publicOnly(except: [AddressBlock])
    }

    private let rule: Rule

    /// No restriction: for hosts the operator configured.
    public static let any = AddressPolicy(rule: .any)

    /// Globally reachable unicast addresses only: for hosts that users or models name.
    public static let publicOnly = AddressPolicy(rule: .publicOnly(except: []))

    /// As `publicOnly`, and the given blocks in CIDR notation besides. A malformed block allows
    /// nothing; settings are checked with `AddressBlock.init(_:)`.
    public static func allowing(_ blocks: [String]) -> AddressPolicy {
        AddressPolicy(rule: .publicOnly(except: blocks.compactMap { AddressBlock($0) }))
    }

    /// Whether a connection to `address` may be made or used; nil (not an IP address) never is,
    /// unless everything is.
    func allows(_ address: IPAddress?) -> Bool {
        switch rule {
        case .any:
            true
        case .publicOnly(let exceptions):
            address.map { address in
                Self.isPublic(address) || exceptions.contains { $0.contains(address) }
            } ?? false
        }
    }

    private static func isPublic(_ address: IPAddress) -> Bool {
        let blocked = address.isIPv4 ? blockedIPv4 : blockedIPv6
        return (address.isIPv4 || globalUnicastIPv6.contains { $0.contains(address) })
            && !blocked.contains { $0.contains(address) }
    }

    /// The IANA IPv4 special-purpose registry, and multicast.
    private static let blockedIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { AddressBlock($0) }

    /// What IANA hands out as global unicast. All else is out: loopback, unique local, link local,
    /// multicast, and the forms that carry an IPv4 address (`::ffff:10.0.0.1`, NAT64 `64:ff9b::`).
    private static let globalUnicastIPv6 = ["2000::/3"].compactMap { AddressBlock($0) }

    /// The special blocks inside it: protocol assignments with Teredo, documentation, 6to4.
    private static let blockedIPv6 = [
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ].compactMap { AddressBlock($0) }
}
