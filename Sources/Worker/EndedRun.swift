import AgentKit

/// A run as its engine left it, with what it was given: what its summary is made of.
package struct EndedRun: Sendable {
    let agent: AgentDefinition
    let input: RunInput
    let result: RunResult
}
