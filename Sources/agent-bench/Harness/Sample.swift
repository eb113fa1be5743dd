/// What one repetition of one contestant measured.
struct Sample: Sendable {
    private var values: [Figure: Double] = [:]

    init(_ values: [Figure: Double] = [:]) { self.values = values }

    subscript(figure: Figure) -> Double? {
        get { values[figure] }
        set { values[figure] = newValue }
    }

    /// The CPU of `count` pieces of work, the client's and the database's, in seconds.
    mutating func setCPU(client: Double, server: Double, count: Int) {
        self[.clientMicros] = client * 1e6 / Double(count)
        self[.serverMicros] = server * 1e6 / Double(count)
        self[.perCPUSecond] = Double(count) / max(client + server, 0.000_001)
    }
}
