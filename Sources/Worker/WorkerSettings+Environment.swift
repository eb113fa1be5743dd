import FoundationEssentials

extension WorkerSettings {
    /// Reads the settings; throws with every fault named when one is bad.
    ///
    /// A flag of the command line is handed in as its variable's value, so both have one reading.
    public init(environment: [String: String]) throws(SettingsError) {
        var settings = WorkerSettings()
        var reader = SettingsReader(environment: environment)
        settings.databaseURL = reader.text("DATABASE_URL")
        settings.readQueue(&reader)
        settings.readModels(&reader)
        settings.readFiles(&reader)
        if !reader.faults.isEmpty { throw SettingsError(faults: reader.faults) }
        self = settings
    }

    private mutating func readQueue(_ reader: inout SettingsReader) {
        if let text = reader.text("AGENT_WORKER_QUEUES") {
            queues = text.split(separator: ",").map { $0.trimmingSpaces }.filter { !$0.isEmpty }
            if queues.isEmpty || queues.count > 100 || Set(queues).count < queues.count {
                reader.fault(
                    "AGENT_WORKER_QUEUES=\(text): must be 1 to 100 different names, separated by commas"
                )
            }
        }
        reader.count("AGENT_WORKER_CONCURRENCY", in: 1...10_000) { concurrency = $0 }
        reader.duration("AGENT_WORKER_LEASE", in: .seconds(1) ... .seconds(3600)) { lease = $0 }
        reader.duration(
            "AGENT_WORKER_POLL_INTERVAL", in: .milliseconds(50) ... .seconds(60)
        ) { pollInterval = $0 }
        reader.duration(
            "AGENT_WORKER_DRAIN_TIMEOUT", in: .zero ... .seconds(86400)
        ) { drainTimeout = $0 }
        reader.duration(
            "AGENT_WORKER_JOB_TIMEOUT", in: .seconds(1) ... .seconds(86400)
        ) { jobTimeout = $0 }
        reader.duration(
            "AGENT_WORKER_RETRY_BASE", in: .milliseconds(1) ... .seconds(3600)
        ) { retryPolicy.base = $0 }
        reader.duration(
            "AGENT_WORKER_RETRY_CAP", in: .milliseconds(1) ... .seconds(86400)
        ) { retryPolicy.cap = $0 }
        reader.duration(
            "AGENT_WORKER_LONGEST_SNOOZE", in: .milliseconds(1) ... .seconds(86400)
        ) { retryPolicy.longestSnooze = $0 }
        reader.count("AGENT_WORKER_SETTLE_CONNECTIONS", in: 1...16) { settleConnections = $0 }
        reader.count("AGENT_WORKER_JOB_CONNECTIONS", in: 1...64) { jobConnections = $0 }
    }

    private mutating func readModels(_ reader: inout SettingsReader) {
        if let name = reader.text("AGENT_WORKER_MODEL") { model = name }
        if let name = reader.text("AGENT_WORKER_GENERATION_MODEL") { generationModel = name }
        openAIKey = reader.secret("OPENAI_API_KEY", credential: "openai_api_key")
        if let url = reader.text("OPENAI_BASE_URL") {
            if url.contains("@") {
                reader.fault(
                    "OPENAI_BASE_URL: must not contain user info; give the key in OPENAI_API_KEY")
            } else if url.hasPrefix("http://") || url.hasPrefix("https://") {
                openAIBaseURL = url.hasSuffix("/") ? String(url.dropLast()) : url
            } else {
                reader.fault("OPENAI_BASE_URL=\(url): must begin with http:// or https://")
            }
        }
    }

    private mutating func readFiles(_ reader: inout SettingsReader) {
        pluginsDirectory = reader.text("AGENT_WORKER_PLUGINS")
        credentialsDirectory =
            reader.text("AGENT_WORKER_CREDENTIALS_DIR") ?? reader.text("CREDENTIALS_DIRECTORY")
        agentSchemaFile = reader.text("AGENT_WORKER_AGENT_SCHEMA")
        skillsFile = reader.text("AGENT_WORKER_SKILLS")
        for (name, path) in [
            ("AGENT_WORKER_PLUGINS", pluginsDirectory),
            ("AGENT_WORKER_AGENT_SCHEMA", agentSchemaFile), ("AGENT_WORKER_SKILLS", skillsFile),
        ] {
            if let path, !FileManager.default.isReadableFile(atPath: path) {
                reader.fault("\(name)=\(path): cannot be read; name an existing, readable path")
            }
        }
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
