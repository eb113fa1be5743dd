import FoundationEssentials
import JSON
import Jobs

/// What the table would refuse, found line by line: a COPY names no line of the file.
enum JobLineRules {
    /// The first rule that a job breaks, in a sentence that names the field; nil when it is fine.
    static func fault(of job: JobRequest) -> String? {
        if !(0...9).contains(job.priority) {
            return "priority \(job.priority): must be 0 (first) to 9"
        }
        if !(1...100).contains(job.maxAttempts) {
            return "max_attempts \(job.maxAttempts): must be 1 to 100"
        }
        if let timeout = job.timeoutSeconds, !(1...86_400).contains(timeout) {
            return "timeout_s \(timeout): must be 1 to 86400"
        }
        if !["manual", "scheduled"].contains(job.executionType) {
            return "execution_type \(job.executionType): must be manual or scheduled"
        }
        if !(1...100).contains(job.queue.unicodeScalars.count) {
            return "queue: must be 1 to 100 characters"
        }
        if let key = job.uniqueKey, !(1...500).contains(key.unicodeScalars.count) {
            return "unique_key: must be 1 to 500 characters"
        }
        if job.kind == JobKind.generation.rawValue {
            return job.payload["prompt"]?.stringValue == nil
                ? "payload.prompt is missing or not a string" : nil
        }
        if job.agentID == nil { return "agent_id is missing: a \(job.kind) job needs one" }
        guard let user = job.userID else {
            return "user_id is missing: a \(job.kind) job needs one"
        }
        return UUID(uuidString: user) == nil ? "user_id \(user): must be a UUID" : nil
    }
}
