import JSON
import Journal
import Models

/// What a run is told of the past: things known of its user, and what earlier runs of its agent
/// left. Chosen once per job and journalled, so that every attempt is told the same.
public struct MemoryContext: Sendable, Hashable {
    /// Something known of a user.
    public struct UserMemory: Sendable, Hashable {
        public var key: String
        /// `preference`, `context`, `pattern` or `fact`.
        public var type: String
        public var value: String
    }

    /// What an earlier run left.
    public struct RecentRun: Sendable, Hashable {
        /// Among the runs of the agent, from 1.
        public var number: Int
        /// `2026-01-31`, in UTC.
        public var day: String
        /// nil when it is not known.
        public var success: Bool?
        public var summary: String
    }

    public private(set) var userContext: [UserMemory] = []
    /// Newest first.
    public private(set) var recentRuns: [RecentRun] = []
    /// Estimated: a user memory counts with its JSON, a run with its summary only.
    public private(set) var tokens = 0

    /// Nothing.
    public init() {}

    /// Chooses among `{"user": [{"key", "type", "value"}], "runs": [{"number", "day", "success",
    /// "summary"}]}`, the most important and the newest first. Elements of another shape are left
    /// out.
    ///
    /// User memories come first, while they fit the budget; then runs, the newest few whatever they
    /// cost and the others while they fit. (The origin's last rule, to drop runs down to those few
    /// while the budget is passed, has nothing to drop then.)
    public init(choosingFrom candidates: JSONValue, budget: MemoryBudget) {
        for memory in Self.userMemories(candidates["user"]).prefix(budget.maxUserMemories) {
            let cost = TokenEstimate.tokens(of: memory.json.serialized)
            guard tokens + cost <= budget.maxTokens else { break }
            userContext.append(memory)
            tokens += cost
        }
        for run in Self.runs(candidates["runs"]).prefix(budget.maxRecentRuns) {
            let cost = TokenEstimate.tokens(of: run.summary)
            guard recentRuns.count < budget.minRecentRuns || tokens + cost <= budget.maxTokens
            else { break }
            recentRuns.append(run)
            tokens += cost
        }
    }

    public var isEmpty: Bool { userContext.isEmpty && recentRuns.isEmpty }

    public var use: MemoryUse {
        MemoryUse(
            tokens: tokens, entries: userContext.count + recentRuns.count,
            types: (recentRuns.isEmpty ? [] : ["summaries"])
                + (userContext.isEmpty ? [] : ["user_context"]))
    }

    private static func userMemories(_ json: JSONValue?) -> [UserMemory] {
        (json?.arrayValue ?? []).compactMap { json in
            guard let key = json["key"]?.stringValue, let value = json["value"]?.stringValue
            else { return nil }
            return UserMemory(key: key, type: json["type"]?.stringValue ?? "fact", value: value)
        }
    }

    private static func runs(_ json: JSONValue?) -> [RecentRun] {
        (json?.arrayValue ?? []).compactMap { json in
            guard let summary = json["summary"]?.stringValue else { return nil }
            return RecentRun(
                number: json["number"]?.intValue ?? 0, day: json["day"]?.stringValue ?? "",
                success: json["success"]?.boolValue
                    ?? json["success"]?.stringValue.flatMap { Bool($0) },
                summary: summary)
        }
    }
}

extension MemoryContext: Journalled {
    public init(journalled: JSONValue) throws {
        self.init()
        userContext = Self.userMemories(journalled["user"])
        recentRuns = Self.runs(journalled["runs"])
        tokens = try JSONReader(journalled).required("tokens").int()
    }

    /// With the figures of the record beside the content, for whoever records a run whose worker
    /// is gone.
    public var journalled: JSONValue {
        [
            "tokens": JSONValue(tokens), "entries": JSONValue(use.entries),
            "types": .array(use.types.map { .string($0) }),
            "user": .array(userContext.map(\.json)), "runs": .array(recentRuns.map(\.json)),
        ]
    }
}

extension MemoryContext.UserMemory {
    fileprivate var json: JSONValue {
        ["key": .string(key), "type": .string(type), "value": .string(value)]
    }
}

extension MemoryContext.RecentRun {
    fileprivate var json: JSONValue {
        [
            "number": JSONValue(number), "day": .string(day),
            "success": success.map { .bool($0) } ?? .null, "summary": .string(summary),
        ]
    }
}
