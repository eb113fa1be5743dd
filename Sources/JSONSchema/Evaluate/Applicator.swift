import JSON

/// A keyword that applies other schemas, named by their index (core specification, 10 and 11).
enum Applicator: Sendable {
    case reference(Int)
    /// `initial` is what the reference names lexically; the outermost resource in scope with a dynamic
    /// anchor of this name takes its place.
    case dynamicReference(initial: Int, anchor: String)
    case allOf([Int])
    case anyOf([Int])
    case oneOf([Int])
    case not(Int)
    case conditional(condition: Int, then: Int?, otherwise: Int?)
    case dependentSchemas([(key: String, node: Int)])
    case propertyNames(Int)
    case properties(PropertyRules)
    case items(prefix: [Int], rest: Int?)
    case contains(Int, min: Int, max: Int?)
    case unevaluatedProperties(Int)
    case unevaluatedItems(Int)
}

/// `properties`, `patternProperties` and `additionalProperties`, which depend on each other.
struct PropertyRules: Sendable {
    var named: [ByteKey: Int] = [:]
    var patterns: [(expression: RegularExpression, node: Int)] = []
    var additional: Int?
}
