import JSON

/// One run of a program over an instance.
struct Evaluation {
    /// Schemas within schemas. A schema that refers to itself without descending into the instance
    /// would otherwise never end.
    static let maxDepth = 512
    /// Evaluations of a schema at a value, in all: references can make exponentially many.
    static let maxSteps = 2_000_000
    /// An instance of a million wrong elements need not be told about each.
    static let maxErrors = 1000

    let program: SchemaProgram
    private(set) var errors: [ValidationError] = []
    /// Set when a limit was met; the instance then counts as invalid whatever the schemas say.
    private(set) var isAbandoned = false
    var path = InstancePath()
    /// Resources entered, outermost first.
    private var scope: [Int] = []
    private var depth = 0
    private var steps = 0
    /// Above zero, only the verdict is wanted and the first failure ends a schema.
    private var muted: Int

    init(program: SchemaProgram, collectsErrors: Bool) {
        self.program = program
        muted = collectsErrors ? 0 : 1
    }

    /// Whether the whole instance conforms; ``errors`` then holds the reasons.
    mutating func run(_ instance: JSONValue) -> Bool {
        var seen = Evaluated()
        let isValid = evaluate(program.root, instance, &seen)
        return isValid && !isAbandoned
    }

    var collectsErrors: Bool { muted == 0 }

    /// Evaluates a schema; what it evaluated is added to `seen`.
    mutating func evaluate(_ index: Int, _ instance: JSONValue, _ seen: inout Evaluated) -> Bool {
        let node = program.nodes[index]
        guard enter(node) else { return false }
        defer { depth -= 1 }
        if node.rejectsAll {
            fail(node, "") { "Validation error in '\($0)': no value is allowed here" }
            return false
        }
        let entersResource = scope.last != node.resource
        if entersResource { scope.append(node.resource) }
        defer { if entersResource { scope.removeLast() } }
        var isValid = true
        // A schema sees what its own keywords evaluated, not its siblings' work.
        var own = Evaluated()
        for rule in node.rules {
            if holds(rule, of: node, instance, &own) { continue }
            isValid = false
            if !collectsErrors { break }
        }
        if program.tracksEvaluated { seen.formUnion(own) }
        return isValid
    }

    private mutating func holds(
        _ rule: SchemaNode.Rule, of node: SchemaNode, _ instance: JSONValue,
        _ seen: inout Evaluated
    ) -> Bool {
        switch rule.work {
        case .assertion(let assertion):
            if assertion.holds(for: instance) { return true }
            fail(node, rule.keyword) { assertion.message(for: instance, at: $0) }
            return false
        case .applicator(let applicator):
            return apply(applicator, rule.keyword, of: node, instance, &seen)
        }
    }

    private mutating func enter(_ node: SchemaNode) -> Bool {
        steps += 1
        if isAbandoned { return false }
        if depth >= Self.maxDepth || steps > Self.maxSteps {
            abandon(node, "schemas refer to each other too often")
            return false
        }
        depth += 1
        return true
    }

    /// Ends the validation as failed.
    mutating func abandon(_ node: SchemaNode, _ reason: String) {
        isAbandoned = true
        let message = "Validation error in '\(path.dotted)': \(reason)"
        errors.append(error(node, "$ref", message))
    }

    /// Reports a failure, if failures are wanted; `message` is given the path.
    mutating func fail(_ node: SchemaNode, _ keyword: String, _ message: (String) -> String) {
        guard collectsErrors, !isAbandoned, errors.count < Self.maxErrors else { return }
        errors.append(error(node, keyword, message(path.dotted)))
    }

    private func error(_ node: SchemaNode, _ keyword: String, _ message: String) -> ValidationError
    {
        ValidationError(
            keyword: keyword, instancePath: path.dotted, instancePointer: path.pointer,
            schemaPointer: keyword.isEmpty ? node.location : "\(node.location)/\(keyword)",
            message: message)
    }

    /// Evaluates for the verdict only.
    mutating func isValid(_ index: Int, _ instance: JSONValue, _ seen: inout Evaluated) -> Bool {
        muted += 1
        defer { muted -= 1 }
        return evaluate(index, instance, &seen)
    }

    /// Evaluates and takes the errors out of the report.
    mutating func evaluateApart(
        _ index: Int, _ instance: JSONValue, _ seen: inout Evaluated
    ) -> (isValid: Bool, errors: [ValidationError]) {
        if !collectsErrors { return (evaluate(index, instance, &seen), []) }
        let before = errors
        errors = []
        let isValid = evaluate(index, instance, &seen)
        let found = errors
        errors = isAbandoned ? before + found : before
        return (isValid, found)
    }

    /// Evaluates a member or element, one step further down the instance.
    mutating func descend(_ step: InstancePath.Step, _ index: Int, _ value: JSONValue) -> Bool {
        path.steps.append(step)
        defer { path.steps.removeLast() }
        var seen = Evaluated()
        return evaluate(index, value, &seen)
    }

    /// The node that a dynamic reference means in the present scope.
    func target(of anchor: String, initial: Int) -> Int {
        for resource in scope {
            if let node = program.dynamicAnchors[resource][anchor] { return node }
        }
        return initial
    }
}
