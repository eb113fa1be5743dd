/// A request as a `CannedServer` got it.
public struct CannedRequest: Sendable {
    public var method: String
    /// Path and query.
    public var target: String
    /// In the order received.
    public var headers: [(name: String, value: String)]
    public var body: String

    /// The first value under a name, whatever its case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
