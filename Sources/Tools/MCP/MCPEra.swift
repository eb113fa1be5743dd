/// Which of the two protocols a server speaks.
///
/// The old one begins with a handshake that fixes a version for a session; in the new one, of
/// 2026-07-28, every request stands alone and says in its `_meta` what it assumes.
enum MCPEra: Sendable, Hashable {
    /// 2024-11-05 to 2025-11-25, with the version the server chose.
    case legacy(version: String)
    /// 2026-07-28.
    case modern

    static let modernVersion = "2026-07-28"
    /// What the handshake offers.
    static let newestLegacyVersion = "2025-11-25"
    /// What the handshake accepts.
    static let legacyVersions: Set<String> = [
        "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
    ]

    var version: String {
        switch self {
        case .legacy(let version): version
        case .modern: Self.modernVersion
        }
    }
}
