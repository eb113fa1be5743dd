import Jobs
import Models

/// Everything a worker can be told. Times are durations, limits are counts; the defaults suit one
/// machine of a small fleet.
public struct WorkerSettings: Sendable {
    /// libpq connection string; nil leaves it to libpq's own `PG*` variables.
    public var databaseURL: String?
    /// Whether `databaseURL` leads to a pooler that lends a session for a transaction only: nothing
    /// is then left in a session.
    public var sharesSessions = false
    /// Where to listen when sessions are shared; nil polls instead.
    public var listenURL: String?
    /// Queues to serve; within a priority their jobs share the slots.
    public var queues = ["default"]
    /// How many jobs run at once.
    public var concurrency = 10
    /// How long this worker counts as alive after a heartbeat. It beats six times as often.
    public var lease = Duration.seconds(30)
    /// The longest sleep of an idle worker between two looks at the queue; NOTIFY wakes it earlier.
    public var pollInterval = Duration.seconds(10)
    /// How long running jobs may go on after a first SIGTERM.
    public var drainTimeout = Duration.seconds(60)
    /// The time limit of a job that sets none itself.
    public var jobTimeout = Duration.seconds(900)
    /// Connections that settle finished jobs.
    public var settleConnections = 2
    /// Connections shared by running jobs for their records.
    public var jobConnections = 8
    /// Exit 0 as soon as nothing is due or running.
    public var untilIdle = false
    public var retryPolicy = RetryPolicy()
    /// How long a model call waits in its slot for its provider's limits; what takes longer is
    /// held.
    public var permitWait = Duration.seconds(10)
    /// Between two probes of a provider whose account is stopped.
    public var quotaProbe = Duration.seconds(600)
    /// Whether the schedule columns of agents are followed.
    public var followAgents = true
    /// How long the journal of a run, which holds its content, is kept after its job ended; zero
    /// purges it with the settlement.
    public var journalRetention = Duration.zero

    /// What runs are told of earlier ones, and what they leave to later ones.
    public var memory = MemorySettings()

    /// The model of runs whose payload and agent name none.
    public var model = "gpt-4o"
    /// The model of generations whose payload names none.
    public var generationModel = "gpt-4.1-nano"
    public var openAIBaseURL = "https://api.openai.com/v1"
    public var openAIKey: String?
    public var openAIInterface = OpenAIInterface.chat
    public var anthropicKey: String?
    /// nil means Anthropic's own; it ends before `/v1`.
    public var anthropicBaseURL: String?
    /// nil means no Azure.
    public var azureEndpoint: String?
    public var azureKey: String?
    public var azureAPIVersion = "2024-10-21"
    /// Further servers that speak chat completions, by provider name.
    public var compatibleProviders: [CompatibleProvider] = []
    /// Models to ask, in order, when one fails in a way that another may not.
    public var fallbackModels: [String] = []
    /// Whether replies are streamed: a cut stream is charged for what had come.
    public var delivery = ReplyDelivery.whole
    /// Directory of plugin definition files; nil means no plugins.
    public var pluginsDirectory: String?
    /// Directory of credential files, one per name, for plugins.
    public var credentialsDirectory: String?
    /// A file that replaces the built-in agent schema.
    public var agentSchemaFile: String?
    /// A file that replaces the built-in skills catalogue.
    public var skillsFile: String?

    public init() {}

    /// The pause between two heartbeats.
    var beatInterval: Duration { lease / 6 }
    /// Without a confirmed heartbeat for so long, the worker stops its runs by itself: before
    /// anybody may take them over.
    var fenceAfter: Duration { lease * 5 / 6 }
}
