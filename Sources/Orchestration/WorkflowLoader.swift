import AgentKit
import FoundationEssentials

/// Finds the agent of this id if it is this user's; nil when there is none, or it is another's.
public typealias WorkflowLoader =
    @Sendable (_ agentID: UUID, _ userID: UUID) async throws -> AgentDefinition?
