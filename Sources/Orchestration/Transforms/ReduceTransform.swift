import JSON
import Journal

/// `reduce`: makes one value of all elements by `config.reducer`: `sum`, `count`, `concat` (arrays,
/// or else texts) or `merge` (objects; later members win). It starts with `config.initialValue`;
/// `config.field` takes a field of each element instead of the element.
struct ReduceTransform: TransformOperation {
    let name = "reduce"

    private enum Reducer: String, CaseIterable {
        case sum, count, concat, merge
    }

    func faults(of config: JSONValue) -> [String] {
        let path = faults(ofPath: "field", in: config, isRequired: false)
        guard reducer(config) == nil else { return path }
        let names = Reducer.allCases.map(\.rawValue).joined(separator: ", ")
        return path + ["config.reducer must be one of \(names)"]
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let values = try elements(input).map { value(at: "field", of: config, in: $0) }
        let initial = try scope.render(config["initialValue"] ?? .null)
        switch reducer(config) {
        case .sum, nil: return sum(values, from: initial)
        case .count: return sum([JSONValue(values.count)], from: initial)
        case .concat: return concatenation(values, from: initial)
        case .merge: return merged(values, from: initial)
        }
    }

    private func reducer(_ config: JSONValue) -> Reducer? {
        config["reducer"]?.stringValue.flatMap(Reducer.init)
    }

    private func sum(_ values: [JSONValue], from initial: JSONValue) -> JSONValue {
        var sum = JSONSum()
        sum.add(initial)
        for value in values { sum.add(value) }
        return sum.json
    }

    private func concatenation(_ values: [JSONValue], from initial: JSONValue) -> JSONValue {
        let all = initial.isNull ? values : [initial] + values
        let areTexts = !all.isEmpty && all.allSatisfy { LooseComparison.text($0) != nil }
        if areTexts, initial.arrayValue == nil {
            return .string(all.compactMap(LooseComparison.text).joined())
        }
        return .array(all.flatMap { $0.arrayValue ?? [$0] })
    }

    private func merged(_ values: [JSONValue], from initial: JSONValue) -> JSONValue {
        var merged = initial.objectValue ?? [:]
        for value in values {
            for (key, member) in value.objectValue ?? [:] { merged[key] = member }
        }
        return .object(merged)
    }
}
