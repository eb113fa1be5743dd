import JSON

/// Can be written to the journal and read back, so that a later attempt gets the very same value.
public protocol Journalled: Sendable {
    /// Reads what `journalled` wrote; throws when it is something else.
    init(journalled: JSONValue) throws
    var journalled: JSONValue { get }
}

extension JSONValue: Journalled {
    public init(journalled: JSONValue) { self = journalled }
    public var journalled: JSONValue { self }
}

extension String: Journalled {
    public init(journalled: JSONValue) throws {
        guard let text = journalled.stringValue else {
            throw JSONAccessError(path: "", expected: "string", found: journalled.typeName)
        }
        self = text
    }

    public var journalled: JSONValue { .string(self) }
}
