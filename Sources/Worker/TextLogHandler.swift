import FoundationEssentials
import Glibc
import Logging

/// Log lines on standard error: one line per event, facts as key=value. Under journald each line
/// begins with its priority (sd-daemon(3)), and the time is left to the journal.
public struct TextLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let isJournal: Bool

    public init(level: Logger.Level, environment: [String: String]) {
        logLevel = level
        isJournal = environment["JOURNAL_STREAM"] != nil
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }
        var line =
            isJournal
            ? "<\(Self.priority(event.level))>"
            : "\(Date.now.formatted(.iso8601)) \(event.level.rawValue) "
        line += event.message.description
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted(value.description))"
        }
        line += "\n"
        LogSink.write(line)
    }

    /// syslog(3): 2 critical, 3 error, 4 warning, 5 notice, 6 info, 7 debug.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// One line, and one word unless quoted; control characters do not reach a terminal.
    private static func quoted(_ text: String) -> String {
        let clean = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        let isWord = !clean.isEmpty && !clean.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        return isWord ? clean : "\"\(clean.replacing("\"", with: "'"))\""
    }
}
