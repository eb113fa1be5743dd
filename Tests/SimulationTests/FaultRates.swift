/// How often what strikes a single statement.
struct FaultRates {
    /// It never reaches the database.
    var lostBefore = 0.0
    /// It is done, and its answer is lost.
    var lostAfter = 0.0
    /// The database refuses it: a deadlock, a lock timeout, a full disk.
    var refused = 0.0
    /// It takes longer than the caller waits, perhaps longer than a lease, and is done then.
    var late = 0.0

    static let none = FaultRates()
}
