import JSON
import Journal

/// `join` and `match`: bring the elements of the input together with those of `config.with`, a
/// reference or an array, that have the same value at `config.on`, or at `config.leftField` and
/// `config.rightField`.
///
/// `join` gives an element the members of the first that fits; `config.type` `left` (the default)
/// keeps elements for which none fits, `inner` leaves them out. `match` gives
/// `{matched: [{left, right}], unmatchedLeft, unmatchedRight}`.
struct PairTransform: TransformOperation {
    /// Which of the two it is.
    enum Form: String {
        case join, match
    }

    let form: Form
    var name: String { form.rawValue }

    func faults(of config: JSONValue) -> [String] {
        var faults: [String] = []
        if config["with"]?.isNull ?? true { faults.append("config.with is required") }
        let isTwoSided = config["leftField"] != nil || config["rightField"] != nil
        for key in isTwoSided ? ["leftField", "rightField"] : ["on"] {
            faults += self.faults(ofPath: key, in: config, isRequired: true)
        }
        if let type = config["type"], form == .join, type != "left", type != "inner" {
            faults.append("config.type must be left or inner")
        }
        return faults
    }

    func fields(in config: JSONValue) -> [JSONValue] { config["with"].map { [$0] } ?? [] }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let left = try elements(input)
        let right = try elements(scope.renderField(config["with"] ?? .null))
        let leftKey = JoinKey(path: (config["leftField"] ?? config["on"])?.stringValue ?? "")
        let rightKey = JoinKey(path: (config["rightField"] ?? config["on"])?.stringValue ?? "")
        let found = rightKey.firstOfEach(right)
        let matches = left.map { element in leftKey.of(element).flatMap { found[$0] } }
        switch form {
        case .join:
            return .array(Self.joined(left, matches, keepsAll: config["type"] != "inner"))
        case .match:
            let keys = Set(left.compactMap(leftKey.of))
            var matched: [JSONValue] = []
            var rest: [JSONValue] = []
            for (element, match) in zip(left, matches) {
                if let match {
                    matched.append(["left": element, "right": match])
                } else {
                    rest.append(element)
                }
            }
            return [
                "matched": .array(matched), "unmatchedLeft": .array(rest),
                "unmatchedRight": .array(
                    right.filter { rightKey.of($0).map(keys.contains) != true }),
            ]
        }
    }

    private static func joined(
        _ elements: [JSONValue], _ matches: [JSONValue?], keepsAll: Bool
    ) -> [JSONValue] {
        var joined: [JSONValue] = []
        for (element, match) in zip(elements, matches) {
            if let match {
                joined.append(DeepMerge.shallow(element, match))
            } else if keepsAll {
                joined.append(element)
            }
        }
        return joined
    }
}
