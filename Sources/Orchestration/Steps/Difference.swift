import JSON

/// How one value differs from another: `{added, removed, modified, unchanged}`.
///
/// Of two objects the first two are objects of members, `modified` is `{<key>: {from, to}}`, and
/// `unchanged` an object again. Of two arrays they are arrays of elements, wherever these stand,
/// and nothing is modified. Anything else is modified under the key `value`, or unchanged.
struct Difference {
    private(set) var added: JSONValue
    private(set) var removed: JSONValue
    private(set) var modified: JSONObject = [:]
    private(set) var unchanged: JSONValue

    init(from left: JSONValue, to right: JSONValue) {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            (added, removed, unchanged) = ([:], [:], [:])
            compare(left, right)
        case (.array(let left), .array(let right)):
            let (common, onlyLeft) = Self.split(left, by: right)
            added = .array(Self.split(right, by: left).rest)
            removed = .array(onlyLeft)
            unchanged = .array(common)
        default:
            (added, removed, unchanged) = ([:], [:], [:])
            if left == right {
                unchanged["value"] = left
            } else {
                modified["value"] = ["from": left, "to": right]
            }
        }
    }

    private mutating func compare(_ left: JSONObject, _ right: JSONObject) {
        for (key, old) in left {
            guard let new = right[key] else {
                removed[key] = old
                continue
            }
            if old == new {
                unchanged[key] = old
            } else {
                modified[key] = ["from": old, "to": new]
            }
        }
        for (key, new) in right where !left.contains(key: key) { added[key] = new }
    }

    /// Each element of the other counts once.
    private static func split(
        _ elements: [JSONValue], by other: [JSONValue]
    ) -> (common: [JSONValue], rest: [JSONValue]) {
        var left = other.reduce(into: [JSONValue: Int]()) { $0[$1, default: 0] += 1 }
        var common: [JSONValue] = []
        var rest: [JSONValue] = []
        for element in elements {
            if let count = left[element], count > 0 {
                left[element] = count - 1
                common.append(element)
            } else {
                rest.append(element)
            }
        }
        return (common, rest)
    }

    /// Whether the two are equal.
    var isEmpty: Bool {
        modified.isEmpty && LooseComparison.isEmpty(added) && LooseComparison.isEmpty(removed)
    }

    var json: JSONValue {
        [
            "added": added, "removed": removed, "modified": .object(modified),
            "unchanged": unchanged,
        ]
    }
}
