import ArgumentParser

/// The settings as flags. Each stands for a variable and is read by the same code.
struct SettingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Queues to serve, separated by commas (default: default). [AGENT_WORKER_QUEUES]",
            valueName: "a,b"))
    var queues: String?

    @Option(
        help: ArgumentHelp(
            "Jobs to run at once (default: 10). [AGENT_WORKER_CONCURRENCY]", valueName: "n"))
    var concurrency: String?

    @Option(
        help: ArgumentHelp(
            "How long the worker counts as alive after a heartbeat (default: 30s). [AGENT_WORKER_LEASE]",
            valueName: "time"))
    var lease: String?

    @Option(
        help: ArgumentHelp(
            "Longest sleep of an idle worker between two looks at the queue (default: 10s). [AGENT_WORKER_POLL_INTERVAL]",
            valueName: "time"))
    var pollInterval: String?

    @Option(
        help: ArgumentHelp(
            "How long running jobs may go on after SIGTERM (default: 60s). [AGENT_WORKER_DRAIN_TIMEOUT]",
            valueName: "time"))
    var drainTimeout: String?

    @Option(
        help: ArgumentHelp(
            "Time limit of a job that sets none (default: 15m). [AGENT_WORKER_JOB_TIMEOUT]",
            valueName: "time"))
    var jobTimeout: String?

    @Option(
        help: ArgumentHelp(
            "Model of runs that name none (default: gpt-4o). [AGENT_WORKER_MODEL]",
            valueName: "name"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Model of generations that name none (default: gpt-4.1-nano). [AGENT_WORKER_GENERATION_MODEL]",
            valueName: "name"))
    var generationModel: String?

    @Option(
        help: ArgumentHelp(
            "Directory of plugin definition files. [AGENT_WORKER_PLUGINS]", valueName: "dir"))
    var plugins: String?

    @Option(
        help: ArgumentHelp(
            "File that replaces the built-in agent schema. [AGENT_WORKER_AGENT_SCHEMA]",
            valueName: "file"))
    var agentSchema: String?

    @Option(
        help: ArgumentHelp(
            "File that replaces the built-in skills catalogue. [AGENT_WORKER_SKILLS]",
            valueName: "file"))
    var skills: String?

    @Option(
        help: ArgumentHelp(
            "debug, info, notice, warning or error (default: info). [AGENT_WORKER_LOG_LEVEL]",
            valueName: "level"))
    var logLevel: String?

    /// The environment with the given flags in place of their variables.
    func environment(over environment: [String: String]) -> [String: String] {
        let flags: [(String, String?)] = [
            ("AGENT_WORKER_QUEUES", queues), ("AGENT_WORKER_CONCURRENCY", concurrency),
            ("AGENT_WORKER_LEASE", lease), ("AGENT_WORKER_POLL_INTERVAL", pollInterval),
            ("AGENT_WORKER_DRAIN_TIMEOUT", drainTimeout),
            ("AGENT_WORKER_JOB_TIMEOUT", jobTimeout), ("AGENT_WORKER_MODEL", model),
            ("AGENT_WORKER_GENERATION_MODEL", generationModel),
            ("AGENT_WORKER_PLUGINS", plugins), ("AGENT_WORKER_AGENT_SCHEMA", agentSchema),
            ("AGENT_WORKER_SKILLS", skills), ("AGENT_WORKER_LOG_LEVEL", logLevel),
        ]
        var merged = environment
        for case (let name, let value?) in flags { merged[name] = value }
        return merged
    }
}
