import JSON

extension Evaluation {
    mutating func applyToObject(
        _ applicator: Applicator, of node: SchemaNode, _ instance: JSONValue,
        _ object: JSONObject, _ seen: inout Evaluated
    ) -> Bool {
        var isValid = true
        switch applicator {
        case .dependentSchemas(let rules):
            for rule in rules where object.contains(key: rule.key) {
                if !evaluate(rule.node, instance, &seen) { isValid = false }
            }
        case .propertyNames(let schema):
            for key in object.keys where !descend(.key(key), schema, .string(key)) {
                isValid = false
            }
        case .properties(let rules): return members(rules, of: node, object, &seen)
        case .unevaluatedProperties(let schema):
            var rest: [(key: String, value: JSONValue)] = []
            for (position, member) in object.enumerated()
            where !seen.contains(property: position) {
                rest.append(member)
                seen.insert(property: position)
            }
            return apply(schema, toRest: rest, "unevaluatedProperties", of: node)
        default: break
        }
        return isValid
    }

    private mutating func members(
        _ rules: PropertyRules, of node: SchemaNode, _ object: JSONObject,
        _ seen: inout Evaluated
    ) -> Bool {
        var isValid = true
        var rest: [(key: String, value: JSONValue)] = []
        for (position, member) in object.enumerated() {
            var isCovered = false
            if let schema = rules.named[ByteKey(member.key)] {
                isCovered = true
                if !descend(.key(member.key), schema, member.value) { isValid = false }
            }
            for pattern in rules.patterns {
                guard let matches = pattern.expression.matches(member.key) else {
                    abandon(node, "a pattern is too costly to match")
                    return false
                }
                if !matches { continue }
                isCovered = true
                if !descend(.key(member.key), pattern.node, member.value) { isValid = false }
            }
            if !isCovered, rules.additional != nil {
                isCovered = true
                rest.append(member)
            }
            if isCovered, program.tracksEvaluated { seen.insert(property: position) }
            if !isValid, !collectsErrors { return false }
        }
        guard let additional = rules.additional else { return isValid }
        return apply(additional, toRest: rest, "additionalProperties", of: node) && isValid
    }

    /// Applies a schema to the members that no other keyword covered; if it is `false`, all of them
    /// share one error.
    private mutating func apply(
        _ schema: Int, toRest rest: [(key: String, value: JSONValue)], _ keyword: String,
        of node: SchemaNode
    ) -> Bool {
        if program.nodes[schema].rejectsAll, !rest.isEmpty {
            let names = rest.map(\.key).joined(separator: ",")
            fail(node, keyword) { _ in "Unexpected properties: \(names)" }
            return false
        }
        var isValid = true
        for member in rest where !descend(.key(member.key), schema, member.value) {
            isValid = false
            if !collectsErrors { break }
        }
        return isValid
    }
}
