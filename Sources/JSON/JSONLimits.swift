/// What a parser accepts before it gives up on a text that may be hostile.
public struct JSONLimits: Sendable {
    /// Levels of nesting. The parser descends one call per level, so values above 1024 count as 1024.
    public var maxDepth = 128
    /// Bytes of text.
    public var maxBytes = 16 << 20

    /// 128 levels, 16 MiB.
    public static let standard = JSONLimits()

    /// The standard limits, changed where given.
    public init(maxDepth: Int = 128, maxBytes: Int = 16 << 20) {
        self.maxDepth = maxDepth
        self.maxBytes = maxBytes
    }
}
