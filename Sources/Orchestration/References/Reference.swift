import JSON

/// A path to a value, such as `fetch.data.items[0].name` or `input.limit`: a root, then keys and
/// indices. Written in a text between double braces.
struct Reference: Sendable, Hashable {
    /// One step of the path.
    enum Component: Sendable, Hashable {
        case key(String)
        case index(Int)
        /// `[*]`: the rest of the path is applied to every element.
        case every
    }

    /// A step's id or one of `Scope.Root`.
    var root: String
    var path: [Component]

    /// Why a text is not a reference.
    struct Fault: Error, Hashable {
        var message: String
    }

    /// Reads a whole text, white space around it ignored.
    init(_ text: some StringProtocol) throws(Fault) {
        var cursor = ReferenceCursor(text)
        self = try cursor.wholeReference()
    }

    init(root: String, path: [Component]) {
        self.root = root
        self.path = path
    }

    /// A path within a value, such as the field of an item: every part is a component.
    static func path(_ text: String) throws(Fault) -> [Component] {
        let reference = try Reference(text)
        return [.key(reference.root)] + reference.path
    }

    /// Follows a path. What is not there is null: a missing member, an index out of bounds, a
    /// member of a scalar. Arrays and strings have a `length`.
    static func follow(_ path: ArraySlice<Component>, in value: JSONValue) -> JSONValue {
        var value = value
        for (position, component) in zip(path.indices, path) {
            switch component {
            case .key(let key): value = member(key, of: value)
            case .index(let index): value = value[index] ?? .null
            case .every:
                guard let elements = value.arrayValue else { return .null }
                let rest = path[(position + 1)...]
                return .array(elements.map { follow(rest, in: $0) })
            }
        }
        return value
    }

    static func follow(_ path: [Component], in value: JSONValue) -> JSONValue {
        follow(path[...], in: value)
    }

    private static func member(_ key: String, of value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object): object[key] ?? .null
        case .array(let elements):
            key == "length" ? JSONValue(elements.count) : Int(key).flatMap { value[$0] } ?? .null
        case .string(let text) where key == "length": JSONValue(text.count)
        default: .null
        }
    }
}

extension Reference: CustomStringConvertible {
    var description: String {
        path.reduce(into: root) { text, component in
            switch component {
            case .key(let key): text += ".\(key)"
            case .index(let index): text += "[\(index)]"
            case .every: text += "[*]"
            }
        }
    }
}
