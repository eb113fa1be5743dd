import FoundationEssentials
import Postgres

extension WorkerSettings {
    /// Reads the settings; throws with every fault named when one is bad.
    ///
    /// A flag of the command line is handed in as its variable's value, so both have one reading.
    public init(environment: [String: String]) throws(SettingsError) {
        var settings = WorkerSettings()
        var reader = SettingsReader(environment: environment)
        settings.readDatabase(&reader)
        settings.readQueue(&reader)
        settings.readModels(&reader)
        settings.memory.read(&reader)
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
        reader.duration(
            "AGENT_WORKER_PERMIT_WAIT", in: .zero ... .seconds(600)
        ) { permitWait = $0 }
        reader.duration(
            "AGENT_WORKER_QUOTA_PROBE", in: .seconds(1) ... .seconds(86400)
        ) { quotaProbe = $0 }
        reader.duration(
            "AGENT_WORKER_JOURNAL_RETENTION", in: .zero ... .seconds(365 * 86400)
        ) { journalRetention = $0 }
        reader.word("AGENT_WORKER_AGENT_SCHEDULES", ["on", "off"]) { followAgents = $0 == "on" }
        reader.count("AGENT_WORKER_SETTLE_CONNECTIONS", in: 1...16) { settleConnections = $0 }
        reader.count("AGENT_WORKER_JOB_CONNECTIONS", in: 1...64) { jobConnections = $0 }
    }

    private mutating func readModels(_ reader: inout SettingsReader) {
        if let name = reader.text("AGENT_WORKER_MODEL") { model = name }
        if let name = reader.text("AGENT_WORKER_GENERATION_MODEL") { generationModel = name }
        openAIKey = reader.secret("OPENAI_API_KEY", credential: "openai_api_key")
        if let url = Self.url("OPENAI_BASE_URL", &reader) { openAIBaseURL = url }
        anthropicKey = reader.secret("ANTHROPIC_API_KEY", credential: "anthropic_api_key")
        anthropicBaseURL = Self.url("ANTHROPIC_BASE_URL", &reader)
        azureEndpoint = Self.url("AZURE_OPENAI_ENDPOINT", &reader)
        azureKey = reader.secret("AZURE_OPENAI_API_KEY", credential: "azure_openai_api_key")
        azureAPIVersion = reader.text("OPENAI_API_VERSION") ?? azureAPIVersion
        reader.word("AGENT_WORKER_OPENAI_API", OpenAIInterface.allCases.map(\.rawValue)) {
            openAIInterface = OpenAIInterface(rawValue: $0) ?? openAIInterface
        }
        reader.word("AGENT_WORKER_STREAM", ["on", "off"]) {
            delivery = $0 == "on" ? .stream : .whole
        }
        fallbackModels = reader.list("AGENT_WORKER_FALLBACK_MODELS")
        readCompatibleProviders(&reader)
    }

    private mutating func readCompatibleProviders(_ reader: inout SettingsReader) {
        let name = "AGENT_WORKER_COMPATIBLE_PROVIDERS"
        for entry in reader.list(name) {
            let parts = entry.split(separator: "=", maxSplits: 1).map { String($0) }
            guard parts.count == 2, Self.isURL(parts[1]), !parts[0].contains(":"),
                !parts[0].isEmpty, !CompatibleProvider.isTaken(parts[0], by: compatibleProviders)
            else {
                reader.fault(
                    "\(name): each entry must be name=https://host/v1 with a name of its own, "
                        + "separated by commas")
                continue
            }
            var provider = CompatibleProvider(name: parts[0], url: parts[1])
            provider.key = reader.secret(provider.keyVariable, credential: provider.credential)
            compatibleProviders.append(provider)
        }
    }

    private static func isURL(_ text: String) -> Bool {
        !text.contains("@") && (text.hasPrefix("http://") || text.hasPrefix("https://"))
    }

    /// The text of a bad one is not shown: it may hold a password.
    private static func url(_ name: String, _ reader: inout SettingsReader) -> String? {
        guard let text = reader.text(name) else { return nil }
        guard isURL(text) else {
            reader.fault("\(name): must begin with http:// or https:// and hold no user info")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
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
