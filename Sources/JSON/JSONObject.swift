/// The members of a JSON object in their order; a lookup is O(1) however many there are.
public struct JSONObject: Sendable {
    /// Up to this many members a scan is faster than hashing the key.
    private static let scanLimit = 16

    private var members: [(key: String, value: JSONValue)] = []
    private var index: [ByteKey: Int]?

    /// An empty object.
    public init() {}

    /// The members in this order; of equal keys the last value wins, at the place of the first.
    public init(_ members: [(String, JSONValue)]) {
        self.members.reserveCapacity(members.count)
        for (key, value) in members { set(key, value) }
    }

    /// The number of members.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The keys in their order.
    public var keys: [String] { members.map(\.key) }

    /// The values in the order of their keys.
    public var values: [JSONValue] { members.map(\.value) }

    /// The value of a key. Setting a new key appends it, setting an old one keeps its place, setting
    /// nil removes the member (O(count)).
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            if let newValue {
                set(key, newValue)
            } else if let position = position(of: key) {
                members.remove(at: position)
                if index != nil { buildIndex() }
            }
        }
    }

    /// Whether the object has this member, whatever its value.
    public func contains(key: String) -> Bool { position(of: key) != nil }

    mutating func set(_ key: String, _ value: JSONValue) {
        if let position = position(of: key) {
            members[position].value = value
            return
        }
        members.append((key, value))
        if index != nil {
            index?[ByteKey(key)] = members.count - 1
        } else if members.count > Self.scanLimit {
            buildIndex()
        }
    }

    private mutating func buildIndex() {
        guard members.count > Self.scanLimit else {
            index = nil
            return
        }
        var built = [ByteKey: Int](minimumCapacity: members.count * 2)
        for (position, member) in members.enumerated() {
            built[ByteKey(member.key)] = position
        }
        index = built
    }

    private func position(of key: String) -> Int? {
        if let index { return index[ByteKey(key)] }
        return members.firstIndex { $0.key.hasSameBytes(as: key) }
    }
}

extension JSONObject: Sequence {
    /// Iterates the members in their order.
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSONValue)]> {
        members.makeIterator()
    }

    public var underestimatedCount: Int { members.count }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count
            && left.members.allSatisfy { member in right[member.key] == member.value }
    }

    public func hash(into hasher: inout Hasher) {
        // A sum, because equal objects may order their members differently.
        var sum = 0
        for (key, value) in members {
            var member = Hasher()
            key.hashBytes(into: &member)
            member.combine(value)
            sum &+= member.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}
