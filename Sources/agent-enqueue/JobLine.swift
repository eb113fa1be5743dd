import FoundationEssentials
import JSON
import Jobs

/// One line of a bulk file.
enum JobLine {
    private static let fields: Set<String> = [
        "kind", "payload", "user_id", "agent_id", "queue", "priority", "run_at", "max_attempts",
        "timeout_s", "unique_key", "execution_type", "trace_context",
    ]

    /// Reads a line; the failure names it and the field at fault.
    static func read(_ line: [UInt8], number: Int) throws -> JobRequest {
        do {
            return try job(JSONReader(try JSONValue(parsing: line)))
        } catch let error as JSONParseError {
            throw Failure("line \(number): is not JSON: \(error)")
        } catch let error as JSONAccessError {
            throw Failure("line \(number): \(error)")
        } catch let fault as FieldFault {
            throw Failure("line \(number): \(fault.message)")
        }
    }

    private struct FieldFault: Error {
        let message: String
    }

    private static func job(_ line: JSONReader) throws -> JobRequest {
        for key in try line.object().keys where !fields.contains(key) {
            throw FieldFault(
                message:
                    "\(key) is not a field of a job (known: \(fields.sorted().joined(separator: ", ")))"
            )
        }
        let kind = try line.required("kind").string()
        guard JobKind(rawValue: kind) != nil else {
            throw FieldFault(message: "kind \(kind) is unknown: write one of \(JobKind.names)")
        }
        let payload = JSONValue.object(try line.optional("payload")?.object() ?? [:])
        var job = JobRequest(kind: kind, payload: payload)
        job.userID = try line.optional("user_id")?.string()
        job.agentID = try line.optional("agent_id").map { try uuid($0, "agent_id") }
        job.queue = try line.optional("queue")?.string() ?? job.queue
        job.priority = try line.optional("priority")?.int() ?? job.priority
        job.runAt = try line.optional("run_at").map { try date($0) }
        job.maxAttempts = try line.optional("max_attempts")?.int() ?? job.maxAttempts
        job.timeoutSeconds = try line.optional("timeout_s")?.int()
        job.uniqueKey = try line.optional("unique_key")?.string()
        job.executionType = try line.optional("execution_type")?.string() ?? job.executionType
        job.traceContext = try line.optional("trace_context")?.string()
        if let fault = JobLineRules.fault(of: job) { throw FieldFault(message: fault) }
        return job
    }

    private static func uuid(_ field: JSONReader, _ name: String) throws -> UUID {
        let text = try field.string()
        guard let uuid = UUID(uuidString: text) else {
            throw FieldFault(message: "\(name) \(text): must be a UUID")
        }
        return uuid
    }

    private static func date(_ field: JSONReader) throws -> Date {
        let text = try field.string()
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw FieldFault(message: "run_at \(text): write a time as 2026-01-31T08:00:00Z")
        }
        return date
    }
}
