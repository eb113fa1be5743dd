import JSON

/// Counts of all requests and the records of the newest.
struct RequestLog {
    /// How many records are kept.
    static let capacity = 1_000

    private(set) var total = 0
    private(set) var inFlight = 0
    private(set) var mostInFlight = 0
    private var byPath: [String: Int] = [:]
    private var byStatus: [String: Int] = [:]
    private var clientClosed = 0
    /// The newest records, between one and two times the capacity.
    private var records: [RequestRecord] = []
    /// Requests that began before the last reset do not change the counts when they end.
    private var firstNumber = 1
    private var nextNumber = 1

    /// The number the next request gets.
    mutating func takeNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }

    /// Enters a request whose answer is about to be given.
    mutating func begin(_ record: RequestRecord) {
        guard record.number >= firstNumber else { return }
        total += 1
        inFlight += 1
        mostInFlight = max(mostInFlight, inFlight)
        byPath[record.path, default: 0] += 1
        byStatus[record.status.map(String.init) ?? "none", default: 0] += 1
        records.append(record)
        if records.count > 2 * Self.capacity { records.removeFirst(Self.capacity) }
    }

    /// Notes the end of an answer.
    mutating func end(number: Int, at now: Int, clientClosed closed: Bool) {
        guard number >= firstNumber else { return }
        inFlight -= 1
        if closed { clientClosed += 1 }
        guard let index = records.lastIndex(where: { $0.number == number }) else { return }
        records[index].durationMs = now - records[index].receivedAt
        records[index].clientClosed = closed
    }

    /// Forgets everything; the numbering goes on, so that a request still being answered stays unknown.
    mutating func reset() {
        let next = nextNumber
        self = RequestLog()
        firstNumber = next
        nextNumber = next
    }

    /// The log as `GET /stub/requests` shows it, the newest record last.
    var json: JSONValue {
        [
            "total": .init(total),
            "inFlight": .init(inFlight),
            "maxInFlight": .init(mostInFlight),
            "clientClosed": .init(clientClosed),
            "byPath": Self.object(byPath),
            "byStatus": Self.object(byStatus),
            "recent": .array(records.suffix(Self.capacity).map(\.json)),
        ]
    }

    private static func object(_ counts: [String: Int]) -> JSONValue {
        .object(
            JSONObject(
                counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }))
    }
}
