/// A limit of a definition file with the action `block`: a call it applies to is refused.
struct BlockRule: Sendable {
    let name: String
    let condition: RuleCondition
    let message: String
}
