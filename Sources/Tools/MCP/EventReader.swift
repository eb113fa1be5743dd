import HTTP

/// Takes the messages out of a stream of events, and remembers how to go on when it breaks.
struct EventReader {
    /// How often a broken stream is taken up again without news from it.
    private static let maxResumptions = 2
    /// Without a word of the server.
    private static let standardPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(10)

    private let maxBytes: Int
    private var parser: ServerSentEvents
    private var resumptions = 0
    private var pause = standardPause
    /// The last event's id, which is what the server goes on after.
    private(set) var lastID: String?

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
        parser = ServerSentEvents(maxLineBytes: maxBytes, maxEventBytes: maxBytes)
    }

    /// The messages that these bytes complete.
    mutating func append(_ bytes: [UInt8]) throws(MCPFault) -> [String] {
        let events: [ServerSentEvent]
        do {
            events = try parser.append(bytes)
        } catch {
            throw MCPFault(.tooLarge, mayHaveActed: true)
        }
        for event in events {
            if let id = event.id, !id.isEmpty {
                if id != lastID { resumptions = 0 }
                lastID = id
            }
            if let retry = event.retry { pause = min(retry, Self.longestPause) }
        }
        return events.filter { $0.type == "message" && !$0.data.isEmpty }.map(\.data)
    }

    /// The pause before the stream is taken up again; nil when it is given up.
    mutating func nextResumption() -> Duration? {
        guard lastID != nil, resumptions < Self.maxResumptions else { return nil }
        resumptions += 1
        parser = ServerSentEvents(maxLineBytes: maxBytes, maxEventBytes: maxBytes)
        return pause
    }
}
