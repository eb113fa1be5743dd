import JSON

/// What a content fault puts into a reply, on two levels: JSON that travels inside a JSON string
/// (structured output, tool arguments) and the reply's own JSON.
///
/// Some of it no Swift string or JSON tree can hold (a lone surrogate, bytes that are not UTF-8),
/// so a marker travels through the tree and is replaced in the serialised bytes.
struct Poison {
    /// Stands for the poison in strings until the reply is serialised.
    static let marker = "@stub-poison@"

    /// Replaces the marker in JSON text inside a string; nil leaves it for the outer level.
    let inner: String?
    /// Replaces the marker in the reply's bytes.
    let outer: [UInt8]
    /// Takes the place of a whole value: the marker's quotes go too.
    let isValue: Bool

    /// The poison of a fault; nil when the fault carries none.
    init?(_ fault: Fault?) {
        switch fault?.kind {
        case .nul: self.init("\\u0000", isValue: false)
        case .surrogate: self.init("\\ud800", isValue: false)
        case .invalidutf8: self.init(inner: nil, outer: [0xC3, 0x28], isValue: false)
        case .hugebody: self.init(inner: nil, outer: Array(Self.marker.utf8), isValue: false)
        case .overflow: self.init("1e999999", isValue: true)
        case .deep:
            let depth = fault?.number ?? 0
            self.init(
                String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
                isValue: true)
        default: return nil
        }
    }

    private init(_ text: String, isValue: Bool) {
        self.init(inner: text, outer: Array(text.utf8), isValue: isValue)
    }

    private init(inner: String?, outer: [UInt8], isValue: Bool) {
        self.inner = inner
        self.outer = outer
        self.isValue = isValue
    }

    /// The JSON with the marker in it: at the end of the first string, or in the place of the
    /// first number; added as a member or element when there is none.
    func marking(_ json: JSONValue) -> JSONValue {
        var json = json
        if mark(&json) { return json }
        switch json {
        case .object(var object):
            object["poison"] = .string(Self.marker)
            return .object(object)
        case .array(let elements): return .array(elements + [.string(Self.marker)])
        default: return .string(Self.marker)
        }
    }

    /// JSON text for a string of the reply, with the inner poison in it.
    func innerText(_ json: JSONValue) -> String {
        let text = marking(json).serialized
        guard let inner else { return text }
        return Self.replacing(
            Array(text.utf8), marker: isValue ? "\"\(Self.marker)\"" : Self.marker,
            with: Array(inner.utf8)
        ).text
    }

    /// The reply's bytes with the outer poison in them.
    func outerBytes(_ bytes: [UInt8]) -> [UInt8] {
        let marker = isValue ? "\"\(Self.marker)\"" : Self.marker
        return Self.replacing(bytes, marker: marker, with: outer)
    }

    /// The bytes before and after the marker; the half of the bytes when it is not there.
    static func split(_ bytes: [UInt8]) -> (before: [UInt8], after: [UInt8]) {
        guard let range = bytes.firstRange(of: Array(marker.utf8)) else {
            let middle = bytes.count / 2
            return (Array(bytes[..<middle]), Array(bytes[middle...]))
        }
        return (Array(bytes[..<range.lowerBound]), Array(bytes[range.upperBound...]))
    }

    private func mark(_ json: inout JSONValue) -> Bool {
        switch json {
        case .string(let text) where !isValue:
            json = .string(text + Self.marker)
            return true
        case .number where isValue:
            json = .string(Self.marker)
            return true
        case .array(var elements):
            for index in elements.indices where mark(&elements[index]) {
                json = .array(elements)
                return true
            }
            return false
        case .object(var object):
            for (key, value) in object {
                var value = value
                if mark(&value) {
                    object[key] = value
                    json = .object(object)
                    return true
                }
            }
            return false
        default: return false
        }
    }

    private static func replacing(
        _ bytes: [UInt8], marker: String, with replacement: [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let range = rest.firstRange(of: Array(marker.utf8)) {
            result += rest[..<range.lowerBound]
            result += replacement
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}

extension [UInt8] {
    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }
}
