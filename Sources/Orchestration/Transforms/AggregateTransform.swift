import JSON
import Journal

/// `aggregate`: figures over the elements. `config.aggregations` is
/// `[{field, operation: sum|avg|min|max|count, alias?}]`; each result stands under its alias, else
/// under `<field>_<operation>`. The average of nothing is 0, its minimum and maximum are null.
struct AggregateTransform: TransformOperation {
    let name = "aggregate"

    private enum Figure: String, CaseIterable {
        case sum, avg, min, max, count
    }

    func faults(of config: JSONValue) -> [String] {
        guard let list = config["aggregations"]?.arrayValue, !list.isEmpty else {
            return ["config.aggregations must be an array of at least one aggregation"]
        }
        return list.enumerated().flatMap { index, aggregation in
            let name = aggregation["operation"]?.stringValue ?? ""
            let figure = Figure(rawValue: name)
            var faults = faults(ofPath: "field", in: aggregation, isRequired: figure != .count)
            if figure == nil {
                let names = Figure.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append("operation must be one of \(names)")
            }
            return faults.map { "config.aggregations[\(index)]: \($0)" }
        }
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let elements = try elements(input)
        var result = JSONObject()
        for aggregation in config["aggregations"]?.arrayValue ?? [] {
            let operation = aggregation["operation"]?.stringValue ?? ""
            guard let figure = Figure(rawValue: operation) else { continue }
            let field = aggregation["field"]?.stringValue
            let alias = aggregation["alias"]?.stringValue
            let values = elements.map { value(at: "field", of: aggregation, in: $0) }
            let key = alias ?? "\(field ?? "items")_\(operation)"
            result[key] = compute(figure, values, hasField: field != nil)
        }
        return .object(result)
    }

    private func compute(_ figure: Figure, _ values: [JSONValue], hasField: Bool) -> JSONValue {
        let numbers = values.compactMap(JSONSum.number)
        var sum = JSONSum()
        for value in values { sum.add(value) }
        switch figure {
        case .sum: return sum.json
        case .avg: return sum.count == 0 ? 0 : JSONValue(sum.double / Double(sum.count))
        case .min: return numbers.min().map { .number($0) } ?? .null
        case .max: return numbers.max().map { .number($0) } ?? .null
        case .count: return JSONValue(hasField ? values.count { !$0.isNull } : values.count)
        }
    }
}
