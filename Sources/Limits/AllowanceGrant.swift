/// The database's answer to a demand.
enum AllowanceGrant: Sendable, Hashable {
    /// No limit is known: calls need no permit.
    case unlimited
    case slice(AllowanceSlice, pace: Pace)
    /// Others have what there is; ask again after this time.
    case later(Duration, pace: Pace)

    /// A worker's share of the rate, per second; nil when that is not limited.
    struct Pace: Sendable, Hashable {
        var requests: Double?
        var tokens: Double?
    }
}
