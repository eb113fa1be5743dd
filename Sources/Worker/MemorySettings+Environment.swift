extension MemorySettings {
    mutating func read(_ reader: inout SettingsReader) {
        reader.word("AGENT_WORKER_MEMORY", Mode.allCases.map(\.rawValue)) {
            mode = Mode(rawValue: $0) ?? mode
        }
        reader.count("AGENT_WORKER_MEMORY_TOKENS", in: 1...20_000) { tokens = $0 }
        if let name = reader.text("AGENT_WORKER_MEMORY_MODEL") { model = name }
        reader.duration(
            "AGENT_WORKER_MEMORY_TIMEOUT", in: .seconds(1) ... .seconds(300)
        ) { timeout = $0 }
        reader.duration(
            "AGENT_WORKER_MEMORY_RETENTION", in: .seconds(60) ... .seconds(3650 * 86400)
        ) { retention = $0 }
        reader.count("AGENT_WORKER_MEMORY_KEPT", in: 1...10_000) { mostKept = $0 }
    }
}
