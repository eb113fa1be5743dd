import JSON
import Journal

/// `filter`: the elements for which `config.condition` holds; it refers to `current` (or `item`).
struct FilterTransform: TransformOperation {
    let name = "filter"

    func faults(of config: JSONValue) -> [String] {
        guard let condition = condition(in: config) else {
            return ["config.condition is required"]
        }
        do { _ = try Condition(condition) } catch {
            return ["config.condition: \(error.message)"]
        }
        return []
    }

    func condition(in config: JSONValue) -> JSONValue? { config["condition"] }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let condition = try Condition(config["condition"])
        let elements = try elements(input)
        var kept: [JSONValue] = []
        for (index, element) in elements.enumerated()
        where try condition.holds(in: scope.with(element, index: index, of: elements.count)) {
            kept.append(element)
        }
        return .array(kept)
    }
}
