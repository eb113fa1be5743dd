import FoundationEssentials
import JSON

/// A job as a line of COPY's text format.
public struct CopyRow {
    static let statement = """
        COPY jobs (
            kind, payload, user_id, agent_id, queue, priority, run_at, max_attempts, timeout_s,
            unique_key, execution_type, trace_context) FROM STDIN
        """

    /// `now` stands for a missing run_at: COPY has no defaults within a row.
    public static func encode(_ job: JobRequest, now: Date) -> [UInt8] {
        let fields: [String?] = [
            job.kind, job.payload.storable().serialized, job.userID, job.agentID?.uuidString,
            job.queue, String(job.priority), (job.runAt ?? now).formatted(.iso8601.fractional),
            String(job.maxAttempts), job.timeoutSeconds.map { String($0) }, job.uniqueKey,
            job.executionType, job.traceContext,
        ]
        var line: [UInt8] = []
        for (place, field) in fields.enumerated() {
            if place > 0 { line.append(UInt8(ascii: "\t")) }
            guard let field else {
                line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "N")])
                continue
            }
            for byte in field.utf8 { append(byte, to: &line) }
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// COPY's text format escapes its own delimiters with a backslash; a NUL cannot be stored and
    /// is left out.
    private static func append(_ byte: UInt8, to line: inout [UInt8]) {
        switch byte {
        case 0: return
        case UInt8(ascii: "\\"): line.append(contentsOf: [byte, byte])
        case UInt8(ascii: "\t"): line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
        case UInt8(ascii: "\n"): line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
        case UInt8(ascii: "\r"): line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
        default: line.append(byte)
        }
    }
}

extension Date.ISO8601FormatStyle {
    /// Milliseconds kept, in UTC.
    fileprivate var fractional: Self { Self(includingFractionalSeconds: true) }
}
