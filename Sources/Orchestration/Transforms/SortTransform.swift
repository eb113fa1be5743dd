import JSON
import Journal

/// `sort`: orders the elements by `config.field` (the element itself without), `config.order` `asc`
/// or `desc`. Equal ones keep their order; nulls, and what has no order, come last.
struct SortTransform: TransformOperation {
    let name = "sort"

    func faults(of config: JSONValue) -> [String] {
        var faults = faults(ofPath: "field", in: config, isRequired: false)
        if let order = config["order"], order != "asc", order != "desc" {
            faults.append("config.order must be asc or desc")
        }
        return faults
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let isDescending = config["order"] == "desc"
        let keyed = try elements(input).map { element in
            Keyed(key: SortKey(value(at: "field", of: config, in: element)), element: element)
        }
        // Swift's sort keeps the order of equal elements.
        let sorted = keyed.sorted { (left: Keyed, right: Keyed) in
            let order = left.key.compare(right.key)
            return isDescending && left.key.rank == right.key.rank ? order > 0 : order < 0
        }
        return .array(sorted.map(\.element))
    }

    private struct Keyed {
        var key: SortKey
        var element: JSONValue
    }

    /// A total order, as sorting needs: numbers, then texts, then the rest as equals.
    private struct SortKey {
        let rank: Int
        private let number: JSONNumber?
        private let text: String

        init(_ value: JSONValue) {
            number = JSONSum.number(value)
            text = LooseComparison.text(value) ?? ""
            rank = number != nil ? 0 : LooseComparison.text(value) != nil ? 1 : 2
        }

        func compare(_ other: SortKey) -> Int {
            if rank != other.rank { return rank < other.rank ? -1 : 1 }
            if let number, let otherNumber = other.number {
                return number < otherNumber ? -1 : number == otherNumber ? 0 : 1
            }
            return text < other.text ? -1 : text == other.text ? 0 : 1
        }
    }
}
