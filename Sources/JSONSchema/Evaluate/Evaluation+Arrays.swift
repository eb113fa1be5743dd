import JSON

extension Evaluation {
    mutating func applyToArray(
        _ applicator: Applicator, of node: SchemaNode, _ elements: [JSONValue],
        _ seen: inout Evaluated
    ) -> Bool {
        switch applicator {
        case .items(let prefix, let rest): return items(prefix, rest, of: node, elements, &seen)
        case .contains(let schema, let min, let max):
            return contains(schema, min, max, of: node, elements, &seen)
        case .unevaluatedItems(let schema):
            let rest = elements.indices.filter { !seen.contains(item: $0) }
            seen.insert(itemsBelow: elements.count)
            return apply(schema, to: rest, "unevaluatedItems", of: node, elements)
        default: return true
        }
    }

    private mutating func items(
        _ prefix: [Int], _ rest: Int?, of node: SchemaNode, _ elements: [JSONValue],
        _ seen: inout Evaluated
    ) -> Bool {
        var isValid = true
        for (position, schema) in prefix.enumerated() where position < elements.count {
            if !descend(.index(position), schema, elements[position]) { isValid = false }
        }
        seen.insert(itemsBelow: min(prefix.count, elements.count))
        guard let rest, prefix.count < elements.count else { return isValid }
        seen.insert(itemsBelow: elements.count)
        let positions = Array(prefix.count..<elements.count)
        return apply(rest, to: positions, "items", of: node, elements) && isValid
    }

    /// Applies a schema to some elements; if it is `false`, they share one error.
    private mutating func apply(
        _ schema: Int, to positions: [Int], _ keyword: String, of node: SchemaNode,
        _ elements: [JSONValue]
    ) -> Bool {
        if program.nodes[schema].rejectsAll, !positions.isEmpty {
            let allowed = elements.count - positions.count
            fail(node, keyword) {
                "Validation error in '\($0)': "
                    + "too many items (max \(allowed), got \(elements.count))"
            }
            return false
        }
        var isValid = true
        for position in positions
        where !descend(.index(position), schema, elements[position]) {
            isValid = false
            if !collectsErrors { break }
        }
        return isValid
    }

    private mutating func contains(
        _ schema: Int, _ min: Int, _ max: Int?, of node: SchemaNode, _ elements: [JSONValue],
        _ seen: inout Evaluated
    ) -> Bool {
        var matches = 0
        for (position, element) in elements.enumerated() {
            var ignored = Evaluated()
            path.steps.append(.index(position))
            let isMatch = isValid(schema, element, &ignored)
            path.steps.removeLast()
            if !isMatch { continue }
            matches += 1
            if program.tracksEvaluated { seen.insert(item: position) }
            if matches >= min, max == nil, !program.tracksEvaluated { return true }
        }
        let limit: String
        if matches < min {
            limit = "min \(min)"
        } else if let max, matches > max {
            limit = "max \(max)"
        } else {
            return true
        }
        fail(node, "contains") {
            "Validation error in '\($0)': number of matching items invalid "
                + "(\(limit), got \(matches))"
        }
        return false
    }
}
