import AgentKit
import Tools

/// What steps did, kept for the records whether they succeeded or not.
struct RunActivity: Sendable {
    var iterations = 0
    var toolCalls: [ToolCallRecord] = []
    var toolTimeMs = 0
    var model: String?
    var provider: String?
    var models: [String] = []
    var pluginsUsed: [String] = []
    var stepRetries = 0
    var workflow = WorkflowCounts()

    mutating func noteToolCall(_ record: ToolCallRecord) {
        toolCalls.append(record)
        toolTimeMs += record.executionTimeMs
        if !pluginsUsed.contains(record.plugin) { pluginsUsed.append(record.plugin) }
    }

    /// Adds an AgentKit run.
    mutating func add(_ run: RunResult) {
        iterations += run.iterations
        toolCalls += run.toolCalls
        toolTimeMs += run.toolTimeMs
        noteModels(run.models, last: run.model, provider: run.provider)
        notePlugins(run.pluginsUsed)
    }

    static func += (left: inout RunActivity, right: RunActivity) {
        left.iterations += right.iterations
        left.toolCalls += right.toolCalls
        left.toolTimeMs += right.toolTimeMs
        left.stepRetries += right.stepRetries
        left.workflow += right.workflow
        left.noteModels(right.models, last: right.model, provider: right.provider)
        left.notePlugins(right.pluginsUsed)
    }

    private mutating func noteModels(_ models: [String], last: String?, provider: String?) {
        model = last ?? model
        self.provider = provider ?? self.provider
        self.models += models.filter { !self.models.contains($0) }
    }

    private mutating func notePlugins(_ plugins: [String]) {
        pluginsUsed += plugins.filter { !pluginsUsed.contains($0) }
    }
}
