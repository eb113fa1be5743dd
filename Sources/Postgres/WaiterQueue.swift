/// Tasks waiting in line for a grant, first in, first out. A value type to be kept under a mutex;
/// continuations are resumed by the caller, outside it.
struct WaiterQueue<Grant: Sendable> {
    typealias Answer = Result<Grant, PostgresError>
    typealias Continuation = CheckedContinuation<Answer, Never>

    private var waiting: [(id: UInt64, continuation: Continuation)] = []
    /// Refused before their continuation was stored.
    private var refused: [UInt64: PostgresError] = [:]
    private var lastID: UInt64 = 0

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { waiting.count }

    mutating func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Joins the line, unless `id` was refused already: then the answer to resume with.
    mutating func append(_ id: UInt64, _ continuation: Continuation) -> Answer? {
        if let error = refused[id] { return .failure(error) }
        waiting.append((id, continuation))
        return nil
    }

    mutating func popFirst() -> Continuation? {
        waiting.isEmpty ? nil : waiting.removeFirst().continuation
    }

    /// Takes `id` out of the line; the continuation is to be resumed with `error`.
    mutating func refuse(_ id: UInt64, _ error: PostgresError) -> Continuation? {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else {
            refused[id] = error
            return nil
        }
        return waiting.remove(at: index).continuation
    }

    /// After the answer: no refusal of `id` matters any more.
    mutating func forget(_ id: UInt64) {
        refused[id] = nil
    }

    mutating func removeAll() -> [Continuation] {
        defer { waiting = [] }
        return waiting.map(\.continuation)
    }
}
