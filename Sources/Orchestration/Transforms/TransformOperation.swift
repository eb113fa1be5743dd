import JSON
import Journal

/// An operation of `transform` steps. A new one is a file with a type that conforms to this, and a
/// line in `TransformCatalog.standard`.
protocol TransformOperation: Sendable {
    var name: String { get }

    /// Whether null is no input.
    var needsInput: Bool { get }

    /// What is wrong with the config.
    func faults(of config: JSONValue) -> [String]

    /// The condition in the config, if the operation has one; its other strings are templates.
    func condition(in config: JSONValue) -> JSONValue?

    /// The fields of the config that may be bare references.
    func fields(in config: JSONValue) -> [JSONValue]

    /// Applies the operation; the config comes as written, with its references.
    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue
}

extension TransformOperation {
    var needsInput: Bool { true }
    func faults(of config: JSONValue) -> [String] { [] }
    func condition(in config: JSONValue) -> JSONValue? { nil }
    func fields(in config: JSONValue) -> [JSONValue] { [] }

    /// The elements of the input.
    func elements(_ input: JSONValue) throws(RunFailure) -> [JSONValue] {
        guard let elements = input.arrayValue else {
            throw .workflow(
                .invalidInputType, "\(name) needs an array as input, not \(input.typeName)")
        }
        return elements
    }

    /// The faults of a field that names a path in each element.
    func faults(ofPath key: String, in config: JSONValue, isRequired: Bool) -> [String] {
        guard let path = config[key], !path.isNull else {
            return isRequired ? ["config.\(key) is required"] : []
        }
        guard let text = path.stringValue, (try? Reference.path(text)) != nil else {
            return ["config.\(key) must be the path of a field"]
        }
        return []
    }

    /// What stands at the path `key` names; the element itself when it names none.
    func value(at key: String, of config: JSONValue, in element: JSONValue) -> JSONValue {
        guard let text = config[key]?.stringValue, let path = try? Reference.path(text) else {
            return element
        }
        return Reference.follow(path, in: element)
    }
}
