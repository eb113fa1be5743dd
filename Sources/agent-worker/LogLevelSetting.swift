import Logging
import Worker

/// AGENT_WORKER_LOG_LEVEL.
enum LogLevelSetting {
    static func read(_ environment: [String: String]) throws(SettingsError) -> Logger.Level {
        guard let text = environment["AGENT_WORKER_LOG_LEVEL"], !text.isEmpty else { return .info }
        guard let level = Logger.Level(rawValue: text) else {
            throw SettingsError(faults: [
                "AGENT_WORKER_LOG_LEVEL=\(text): must be one of "
                    + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            ])
        }
        return level
    }
}
