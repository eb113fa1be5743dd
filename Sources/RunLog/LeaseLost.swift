import Journal

/// The job was taken over: this attempt writes nothing any more.
struct LeaseLost: Error {
    let consequence: String

    init(_ consequence: String) {
        self.consequence = consequence
    }

    var runFailure: RunFailure {
        RunFailure(
            .crash, code: "LEASE_LOST", message: "the job was taken over; \(consequence)")
    }
}
