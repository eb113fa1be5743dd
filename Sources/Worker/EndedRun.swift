import AgentKit

/// A run as its engine left it, with what it was given: what its summary is made of. A class, for it
/// goes from hand to hand inside every result.
package final class EndedRun: Sendable {
    let agent: AgentDefinition
    let input: RunInput
    let result: RunResult

    init(agent: AgentDefinition, input: RunInput, result: RunResult) {
        self.agent = agent
        self.input = input
        self.result = result
    }
}
