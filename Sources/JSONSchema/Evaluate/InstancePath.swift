/// Where evaluation stands in the instance.
struct InstancePath {
    enum Step {
        case key(String)
        case index(Int)
    }

    var steps: [Step] = []

    /// Keys and indexes joined by dots; `root` for the whole instance.
    var dotted: String {
        if steps.isEmpty { return "root" }
        return steps.map(Self.text).joined(separator: ".")
    }

    /// The JSON Pointer.
    var pointer: String {
        steps.map { "/" + JSONPointer.escaped(Self.text($0)) }.joined()
    }

    private static func text(_ step: Step) -> String {
        switch step {
        case .key(let key): key
        case .index(let index): String(index)
        }
    }
}
