import JSON
import Journal

/// The values a step can refer to. A value type: steps that run side by side each have their own.
struct Scope: Sendable {
    /// The roots that are no step ids; no step may be named like one.
    enum Root: String, CaseIterable {
        case input, inputs
        /// Runtime variables.
        case `var`
        /// The element of the innermost loop, under both names.
        case current, item
        /// Its number, counted from 0.
        case index
        /// `{index, item, count}`.
        case loop
    }

    /// Where a loop stands.
    struct Element: Sendable {
        var value: JSONValue
        var index: Int
        var count: Int
    }

    /// The members of a step's output; any other key is looked up in its `data`.
    private static let outputMembers: Set<String> = [
        "stepId", "plugin", "action", "data", "metadata",
    ]

    var inputs: JSONObject
    var variables: JSONObject = [:]
    var element: Element?
    /// The elements of the loops around by the names these give them.
    var named: [String: JSONValue] = [:]
    /// Outputs by step id; null for a step that was skipped.
    var outputs: [String: JSONValue] = [:]

    init(inputs: JSONObject) {
        self.inputs = inputs
    }

    /// The value of a reference. A root that does not exist is a VARIABLE_RESOLUTION_ERROR; a
    /// member that does not exist is null.
    func value(of reference: Reference) throws(RunFailure) -> JSONValue {
        if let value = named[reference.root] {
            return Reference.follow(reference.path, in: value)
        }
        if let output = outputs[reference.root] {
            return Self.follow(reference.path, inOutput: output)
        }
        guard let root = Root(rawValue: reference.root), let value = value(of: root) else {
            throw .workflow(
                .variableResolution, "{{\(reference)}} refers to nothing that exists here")
        }
        return Reference.follow(reference.path, in: value)
    }

    private func value(of root: Root) -> JSONValue? {
        switch root {
        case .input, .inputs: .object(inputs)
        case .var: .object(variables)
        case .current, .item: element?.value
        case .index: element.map { JSONValue($0.index) }
        case .loop:
            element.map {
                ["index": JSONValue($0.index), "item": $0.value, "count": JSONValue($0.count)]
            }
        }
    }

    /// Both `{{fetch.data.x}}` and `{{fetch.x}}` reach the data.
    private static func follow(
        _ path: [Reference.Component], inOutput output: JSONValue
    ) -> JSONValue {
        switch path.first {
        case nil: output
        case .key(let key) where outputMembers.contains(key): Reference.follow(path, in: output)
        default: Reference.follow(path, in: output["data"] ?? .null)
        }
    }
}
