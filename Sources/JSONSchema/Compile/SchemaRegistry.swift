import JSON

/// The schema resources known to a compilation, and the resolution of references among them.
///
/// Documents are read when they are first referred to. Nothing is fetched from a network.
struct SchemaRegistry {
    /// The base of a schema without an `$id`.
    static let anonymousBase = URIReference("json-schema:///")

    private(set) var resources: [SchemaResource] = []
    private var indexes: [String: Int] = [:]
    private let external: [String: JSONValue]

    init(external: [String: JSONValue]) {
        var normalised: [String: JSONValue] = [:]
        for (address, value) in external {
            normalised[URIReference(address).withoutFragment.text] = value
        }
        self.external = normalised
    }

    /// Reads a document: registers its resources and anchors. Returns its root.
    mutating func load(
        _ document: JSONValue, at address: URIReference
    ) throws(JSONSchemaError) -> SchemaPlace {
        let base = identifier(of: document, in: address) ?? address
        let root = try register(document, base: base, parent: nil)
        // Under the address it was found at, too, when its $id is another.
        indexes[address.text] = root
        var pending = [SchemaPlace(value: document, resource: root, pointer: "")]
        while let place = pending.popLast() {
            registerAnchors(of: place)
            for var child in SchemaKeywords.subschemas(of: place) {
                if let base = identifier(of: child.value, in: resources[child.resource].base) {
                    let resource = try register(child.value, base: base, parent: child.resource)
                    child = SchemaPlace(value: child.value, resource: resource, pointer: "")
                }
                pending.append(child)
            }
        }
        return SchemaPlace(value: document, resource: root, pointer: "")
    }

    private mutating func register(
        _ value: JSONValue, base: URIReference, parent: Int?
    ) throws(JSONSchemaError) -> Int {
        if let known = indexes[base.text] { return known }
        let vocabulary = try vocabulary(of: value, parent: parent)
        resources.append(SchemaResource(base: base, root: value, vocabulary: vocabulary))
        indexes[base.text] = resources.count - 1
        return resources.count - 1
    }

    private func identifier(of value: JSONValue, in base: URIReference) -> URIReference? {
        guard let id = value["$id"]?.stringValue else { return nil }
        return URIReference(id).withoutFragment.resolved(against: base)
    }

    private func vocabulary(
        of value: JSONValue, parent: Int?
    ) throws(JSONSchemaError) -> Vocabulary {
        guard let declared = value["$schema"]?.stringValue else {
            return parent.map { resources[$0].vocabulary } ?? .standard
        }
        let address = URIReference(declared).withoutFragment.text
        guard address != Metaschemas.standard, let metaschema = external[address] else {
            return .standard
        }
        return try Vocabulary.declared(by: metaschema)
    }

    private mutating func registerAnchors(of place: SchemaPlace) {
        if let name = place.value["$anchor"]?.stringValue {
            resources[place.resource].anchors[name] = place
        }
        if let name = place.value["$dynamicAnchor"]?.stringValue {
            resources[place.resource].anchors[name] = place
            resources[place.resource].dynamicAnchors[name] = place
        }
    }

    /// The subschema that a reference names, seen from a resource; nil when there is none.
    mutating func resolve(
        _ reference: String, from resource: Int
    ) throws(JSONSchemaError) -> SchemaPlace? {
        let target = URIReference(reference).resolved(against: resources[resource].base)
        guard let found = try self.resource(at: target.withoutFragment) else { return nil }
        let fragment = URIReference.decoded(target.fragment ?? "")
        let root = SchemaPlace(value: resources[found].root, resource: found, pointer: "")
        if fragment.isEmpty { return root }
        if !fragment.hasPrefix("/") { return resources[found].anchors[fragment] }
        var place = root
        for token in fragment.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let next = child(of: place, escaped: String(token)) else { return nil }
            place = next
        }
        return place
    }

    private mutating func resource(at address: URIReference) throws(JSONSchemaError) -> Int? {
        let text = address.text
        if let known = indexes[text] { return known }
        if let document = external[text] { return try load(document, at: address).resource }
        if let metaschema = Metaschemas.text(at: text),
            let document = try? JSONValue(parsing: metaschema)
        {
            return try load(document, at: address).resource
        }
        return nil
    }

    /// The member or element that one token of a pointer names; a subschema with an `$id` is given as
    /// the root of its own resource.
    func child(of place: SchemaPlace, escaped token: String) -> SchemaPlace? {
        let key = JSONPointer.unescaped(token)
        let value: JSONValue?
        switch place.value {
        case .object: value = place.value[key]
        case .array: value = Int(key).flatMap { place.value[$0] }
        default: value = nil
        }
        guard let value else { return nil }
        if let base = identifier(of: value, in: resources[place.resource].base),
            let resource = indexes[base.text]
        {
            return SchemaPlace(value: value, resource: resource, pointer: "")
        }
        return SchemaPlace(
            value: value, resource: place.resource, pointer: "\(place.pointer)/\(token)")
    }
}
