import JSON
import Journal

/// Whether a step's data is kept for equal steps of the same run:
/// `{"enabled", "key"?, "ttl"?}`, the time to live in seconds.
struct CachePolicy: Sendable, Hashable {
    /// A template; nil is a fingerprint of what the step is asked.
    var key: String?
    /// nil keeps it as long as the run goes on.
    var timeToLive: Duration?

    /// nil when the cache is not enabled.
    static func read(_ json: JSONValue) throws(RunFailure) -> CachePolicy? {
        guard case .object = json else { throw fault("must be an object") }
        var policy = CachePolicy()
        if let key = json["key"], !key.isNull {
            guard let text = key.stringValue, !text.isEmpty else {
                throw fault("key must be a string")
            }
            policy.key = text
        }
        if let ttl = json["ttl"], !ttl.isNull {
            guard let seconds = ttl.doubleValue, (0...31_536_000).contains(seconds) else {
                throw fault("ttl must be 0 to 31536000 seconds")
            }
            policy.timeToLive = .seconds(seconds)
        }
        let enabled = json["enabled"] ?? true
        guard let isEnabled = enabled.boolValue else { throw fault("enabled must be a boolean") }
        return isEnabled ? policy : nil
    }

    private static func fault(_ message: String) -> RunFailure {
        .workflow(.validation, "cache: \(message)")
    }
}
