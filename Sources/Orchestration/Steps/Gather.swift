import JSON
import Journal

/// How the results of a scatter become one value:
/// `{"operation": collect|merge|reduce|flatten, "outputKey"?, "reduceExpression"?}`.
///
/// A result is `{<stepId>: data}`; `reduceExpression`, a template that knows it as `item`, takes
/// something out of it. `collect` is the array of them, `merge` one object of all members, later
/// ones winning, `flatten` one array of the elements of all arrays in them, and `reduce` adds
/// numbers, joins arrays, or merges objects. With `outputKey` the value stands under that key.
struct Gather {
    private enum Operation: String, CaseIterable {
        case collect, merge, reduce, flatten
    }

    private let operation: Operation
    private let outputKey: String?
    private let expression: JSONValue?

    init(_ json: JSONValue?) {
        operation = json?["operation"]?.stringValue.flatMap(Operation.init) ?? .collect
        outputKey = json?["outputKey"]?.stringValue
        let expression = json?["reduceExpression"]
        self.expression = expression?.isNull == true ? Optional.none : expression
    }

    static func faults(of json: JSONValue?) -> [String] {
        var faults: [String] = []
        if json?["operation"]?.stringValue.flatMap(Operation.init) == nil {
            let names = Operation.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append("gather.operation must be one of \(names)")
        }
        for key in ["outputKey", "reduceExpression"] {
            if let value = json?[key], !value.isNull, value.stringValue == nil {
                faults.append("gather.\(key) must be a string")
            }
        }
        return faults
    }

    func value(of results: [JSONValue], in scope: Scope) throws(RunFailure) -> JSONValue {
        var values: [JSONValue] = []
        for (index, result) in results.enumerated() {
            guard let expression else {
                values.append(result)
                continue
            }
            let inner = scope.with(result, index: index, of: results.count)
            values.append(try inner.render(expression))
        }
        let value = combine(values)
        return outputKey.map { .object([$0: value]) } ?? value
    }

    private func combine(_ values: [JSONValue]) -> JSONValue {
        switch operation {
        case .collect: .array(values)
        case .merge: Self.merged(values)
        case .flatten: .array(values.flatMap(Self.elements))
        case .reduce: Self.reduced(values)
        }
    }

    private static func merged(_ values: [JSONValue]) -> JSONValue {
        var merged = JSONObject()
        for value in values {
            for (key, member) in value.objectValue ?? [:] { merged[key] = member }
        }
        return .object(merged)
    }

    /// Of an object the elements of its members' arrays; a member that is none is itself one.
    private static func elements(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .array(let elements): elements
        case .object(let object): object.values.flatMap { $0.arrayValue ?? [$0] }
        default: [value]
        }
    }

    /// By the kind of the first; what is of another kind is left out.
    private static func reduced(_ values: [JSONValue]) -> JSONValue {
        switch values.first {
        case .array: return .array(values.flatMap { $0.arrayValue ?? [] })
        case .object: return merged(values)
        case nil: return .null
        default:
            var sum = JSONSum()
            for value in values { sum.add(value) }
            return sum.json
        }
    }
}
