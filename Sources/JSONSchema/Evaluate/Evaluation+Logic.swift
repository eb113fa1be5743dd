import JSON

extension Evaluation {
    /// Dispatches to the part of the specification that a keyword belongs to.
    mutating func apply(
        _ applicator: Applicator, _ keyword: String, of node: SchemaNode, _ instance: JSONValue,
        _ seen: inout Evaluated
    ) -> Bool {
        switch applicator {
        case .reference(let target): return evaluate(target, instance, &seen)
        case .dynamicReference(let initial, let anchor):
            return evaluate(target(of: anchor, initial: initial), instance, &seen)
        case .allOf(let branches): return all(branches, instance, &seen)
        case .anyOf(let branches): return any(branches, of: node, instance, &seen)
        case .oneOf(let branches): return one(branches, of: node, instance, &seen)
        case .not(let schema):
            var ignored = Evaluated()
            if !isValid(schema, instance, &ignored) { return true }
            fail(node, keyword) { "Validation error in '\($0)': matches what is not allowed" }
            return false
        case .conditional(let condition, let then, let otherwise):
            return choose(condition, then, otherwise, instance, &seen)
        case .dependentSchemas, .propertyNames, .properties, .unevaluatedProperties:
            guard case .object(let object) = instance else { return true }
            return applyToObject(applicator, of: node, instance, object, &seen)
        case .items, .contains, .unevaluatedItems:
            guard case .array(let elements) = instance else { return true }
            return applyToArray(applicator, of: node, elements, &seen)
        }
    }

    private mutating func all(
        _ branches: [Int], _ instance: JSONValue, _ seen: inout Evaluated
    ) -> Bool {
        var isValid = true
        for branch in branches where !evaluate(branch, instance, &seen) {
            isValid = false
            if !collectsErrors { break }
        }
        return isValid
    }

    private mutating func any(
        _ branches: [Int], of node: SchemaNode, _ instance: JSONValue, _ seen: inout Evaluated
    ) -> Bool {
        var isValid = false
        var failures: [[ValidationError]] = []
        for branch in branches {
            var branchSeen = Evaluated()
            let result = evaluateApart(branch, instance, &branchSeen)
            if result.isValid {
                isValid = true
                seen.formUnion(branchSeen)
                if !program.tracksEvaluated { break }
            } else {
                failures.append(result.errors)
            }
        }
        if !isValid { failNone("anyOf", failures, of: node) }
        return isValid
    }

    private mutating func one(
        _ branches: [Int], of node: SchemaNode, _ instance: JSONValue, _ seen: inout Evaluated
    ) -> Bool {
        var matches = 0
        var failures: [[ValidationError]] = []
        for branch in branches {
            var branchSeen = Evaluated()
            let result = evaluateApart(branch, instance, &branchSeen)
            if result.isValid {
                matches += 1
                seen.formUnion(branchSeen)
                if matches > 1, !collectsErrors { break }
            } else {
                failures.append(result.errors)
            }
        }
        if matches == 0 {
            failNone("oneOf", failures, of: node)
        } else if matches > 1 {
            fail(node, "oneOf") {
                "Validation error in '\($0)': matches \(matches) alternatives, not one"
            }
        }
        return matches == 1
    }

    /// Says, too, what is wrong in the branch that was probably meant: one that does not fail already
    /// for the type or tag of the instance itself, and of those the one with the fewest errors.
    private mutating func failNone(
        _ keyword: String, _ failures: [[ValidationError]], of node: SchemaNode
    ) {
        guard collectsErrors else { return }
        let here = path.pointer
        let likely = failures.filter { errors in
            !errors.contains { $0.keyword == "type" && $0.instancePointer == here }
                && !errors.contains { $0.keyword == "const" }
        }
        var message =
            "Validation error in '\(path.dotted)': matches none of \(failures.count) alternatives"
        if let closest = likely.min(by: { $0.count < $1.count }), !closest.isEmpty {
            message += "; closest: " + closest.prefix(5).map(\.message).joined(separator: "; ")
        }
        fail(node, keyword) { _ in message }
    }

    private mutating func choose(
        _ condition: Int, _ then: Int?, _ otherwise: Int?, _ instance: JSONValue,
        _ seen: inout Evaluated
    ) -> Bool {
        var conditionSeen = Evaluated()
        let branch: Int?
        if isValid(condition, instance, &conditionSeen) {
            seen.formUnion(conditionSeen)
            branch = then
        } else {
            branch = otherwise
        }
        guard let branch else { return true }
        return evaluate(branch, instance, &seen)
    }
}
