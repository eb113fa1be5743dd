import JSON
import Journal

/// `map`: makes of each element an object; the config holds a value for each key, with references
/// to `current` (or `item`) and `index`.
struct MapTransform: TransformOperation {
    let name = "map"

    func faults(of config: JSONValue) -> [String] {
        config.objectValue?.isEmpty == false ? [] : ["config must have at least one key"]
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let elements = try elements(input)
        var mapped: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            let inner = scope.with(element, index: index, of: elements.count)
            mapped.append(try inner.render(config))
        }
        return .array(mapped)
    }
}

extension Scope {
    /// The scope in which an element is looked at.
    func with(_ element: JSONValue, index: Int, of count: Int) -> Scope {
        var scope = self
        scope.element = Element(value: element, index: index, count: count)
        return scope
    }
}
