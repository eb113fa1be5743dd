/// One side of a comparison: the product in one setting, a limit, or a peer.
struct Contestant: Sendable {
    let name: String
    /// Makes one turn, from an empty database to its figures.
    let measure: @Sendable () async throws -> Sample

    init(_ name: String, _ measure: @escaping @Sendable () async throws -> Sample) {
        self.name = name
        self.measure = measure
    }
}
