import JSON
import Journal

/// When and how often a failed step is repeated.
struct StepRetryPolicy: Sendable, Hashable {
    /// The codes that are repeated when a step does not say otherwise.
    static let defaultCodes: Set<String> = [
        "TIMEOUT", "RATE_LIMIT", "NETWORK_ERROR", "ECONNRESET", "ECONNREFUSED", "ETIMEDOUT",
        "ENOTFOUND", "429", "503", "504",
    ]
    private static let maxRetriesLimit = 10

    var maxRetries = 3
    var backoff: Duration = .milliseconds(1000)
    var multiplier = 2.0
    /// Upper case.
    var codes = defaultCodes

    init() {}

    /// Reads `{"maxRetries"?, "backoffMs"?, "backoffMultiplier"?, "retryableErrors"?: []}`.
    init(_ json: JSONValue) throws(RunFailure) {
        guard case .object = json else { throw Self.fault("must be an object") }
        if let value = json["maxRetries"] {
            guard let count = value.intValue, (0...Self.maxRetriesLimit).contains(count) else {
                throw Self.fault("maxRetries must be 0 to \(Self.maxRetriesLimit)")
            }
            maxRetries = count
        }
        if let value = json["backoffMs"] {
            guard let milliseconds = value.intValue, (0...3_600_000).contains(milliseconds) else {
                throw Self.fault("backoffMs must be 0 to 3600000")
            }
            backoff = .milliseconds(milliseconds)
        }
        if let value = json["backoffMultiplier"] {
            guard let factor = value.doubleValue, (1...10).contains(factor) else {
                throw Self.fault("backoffMultiplier must be 1 to 10")
            }
            multiplier = factor
        }
        if let value = json["retryableErrors"] {
            guard let list = value.arrayValue else {
                throw Self.fault("retryableErrors must be an array")
            }
            codes = Set(list.compactMap(LooseComparison.text).map { $0.uppercased() })
        }
    }

    private static func fault(_ message: String) -> RunFailure {
        .workflow(.validation, "retryPolicy: \(message)")
    }

    /// The pause before repeating a step that failed for the `failures`-th time; nil when it is
    /// not to be repeated. The pause is backoff · multiplier^(failures − 1), spread by `jitter`
    /// (−0.2 … 0.2 of it) and at most `limit`, but never less than the service asked for.
    func delay(
        after failure: StepFailure, failures: Int, jitter: Double, limit: Duration
    ) -> Duration? {
        guard failure.isRepeatable, failures <= maxRetries, !codes.isDisjoint(with: failure.codes)
        else { return nil }
        let asked = failure.failure.retryAfter ?? .zero
        guard asked <= limit else { return nil }
        var factor = 1.0
        for _ in 1..<failures { factor = min(factor * multiplier, 1e6) }
        return max(min(backoff * factor * (1 + jitter), limit), asked)
    }
}
