import JSON

/// A subschema and where it stands: its resource, and the pointer from that resource's root.
struct SchemaPlace: Sendable {
    /// One place, however it was reached.
    struct Key: Hashable {
        let resource: Int
        let pointer: ByteKey
    }

    let value: JSONValue
    let resource: Int
    let pointer: String

    var key: Key { Key(resource: resource, pointer: ByteKey(pointer)) }
}

/// A schema with a URI of its own, at which references and dynamic scope are anchored.
struct SchemaResource: Sendable {
    let base: URIReference
    let root: JSONValue
    let vocabulary: Vocabulary
    /// Plain-name fragments of `$anchor` and `$dynamicAnchor`.
    var anchors: [String: SchemaPlace] = [:]
    var dynamicAnchors: [String: SchemaPlace] = [:]

    /// The URI as errors show it: empty for a schema without an `$id`.
    var shownURI: String {
        base == SchemaRegistry.anonymousBase ? "" : base.text
    }
}
