import JSON

/// Turns a schema and what it refers to into a program: each place once, and without recursion.
struct SchemaCompiler {
    /// Subschemas in one program.
    private static let maxNodes = 50_000

    private var registry: SchemaRegistry
    private let assertsFormat: Bool
    private var program = SchemaProgram()
    private var indexes: [SchemaPlace.Key: Int] = [:]
    private var pending: [(index: Int, place: SchemaPlace)] = []

    static func compile(
        _ schema: JSONValue, resources: [String: JSONValue], assertsFormat: Bool
    ) throws(JSONSchemaError) -> SchemaProgram {
        var compiler = SchemaCompiler(
            registry: SchemaRegistry(external: resources), assertsFormat: assertsFormat)
        let root = try compiler.registry.load(schema, at: SchemaRegistry.anonymousBase)
        compiler.program.root = try compiler.index(of: root)
        try compiler.compilePending()
        return compiler.program
    }

    private init(registry: SchemaRegistry, assertsFormat: Bool) {
        self.registry = registry
        self.assertsFormat = assertsFormat
    }

    private mutating func compilePending() throws(JSONSchemaError) {
        repeat {
            while let next = pending.popLast() {
                program.nodes[next.index] = try node(next.place)
            }
            try compileDynamicAnchors()
        } while !pending.isEmpty
    }

    /// A dynamic reference can arrive at any dynamic anchor of a resource in scope, so all are compiled.
    private mutating func compileDynamicAnchors() throws(JSONSchemaError) {
        for resource in registry.resources.indices {
            if resource >= program.dynamicAnchors.count { program.dynamicAnchors.append([:]) }
            let anchors = registry.resources[resource].dynamicAnchors
            guard program.dynamicAnchors[resource].count < anchors.count else { continue }
            for (name, place) in anchors {
                program.dynamicAnchors[resource][name] = try index(of: place)
            }
        }
    }

    /// The index of a place's node, which is compiled now or later.
    mutating func index(of place: SchemaPlace) throws(JSONSchemaError) -> Int {
        if let known = indexes[place.key] { return known }
        let index = program.nodes.count
        guard index < Self.maxNodes else {
            throw error(.tooLarge, place, nil, "over \(Self.maxNodes) subschemas")
        }
        program.nodes.append(
            SchemaNode(resource: 0, location: "", rejectsAll: false, rules: []))
        indexes[place.key] = index
        pending.append((index, place))
        return index
    }

    func error(
        _ code: JSONSchemaError.Code, _ place: SchemaPlace, _ keyword: String?, _ message: String
    ) -> JSONSchemaError {
        let pointer = location(place) + (keyword.map { "/\($0)" } ?? "")
        return JSONSchemaError(code: code, pointer: pointer, message: message)
    }

    private func location(_ place: SchemaPlace) -> String {
        "\(registry.resources[place.resource].shownURI)#\(place.pointer)"
    }

    private mutating func node(_ place: SchemaPlace) throws(JSONSchemaError) -> SchemaNode {
        var rules: [SchemaNode.Rule] = []
        switch place.value {
        case .bool: break
        case .object(let schema):
            rules = try self.rules(of: schema, at: place)
        default:
            throw error(.notASchema, place, nil, "a schema is an object or a boolean")
        }
        return SchemaNode(
            resource: place.resource, location: location(place),
            rejectsAll: place.value == false, rules: rules)
    }

    private mutating func rules(
        of schema: JSONObject, at place: SchemaPlace
    ) throws(JSONSchemaError) -> [SchemaNode.Rule] {
        let vocabulary = registry.resources[place.resource].vocabulary
        var reader = KeywordReader(schema: schema, place: place, location: location(place))
        reader.assertsFormat = assertsFormat || vocabulary.contains(.formatAssertion)
        var rules = try reader.assertions(validates: vocabulary.contains(.validation)).map {
            SchemaNode.Rule(keyword: $0.keyword, work: .assertion($0.assertion))
        }
        for (keyword, applicator) in try applicators(reader, vocabulary) {
            rules.append(SchemaNode.Rule(keyword: keyword, work: .applicator(applicator)))
        }
        return rules
    }

    /// The node of a direct subschema.
    mutating func subschema(
        of place: SchemaPlace, _ tokens: String...
    ) throws(JSONSchemaError) -> Int {
        var current = place
        for token in tokens {
            guard let next = registry.child(of: current, escaped: token) else {
                throw error(.notASchema, current, token, "no schema here")
            }
            current = next
        }
        return try index(of: current)
    }

    /// The place a reference names.
    mutating func target(
        of reference: String, _ keyword: String, at place: SchemaPlace
    ) throws(JSONSchemaError) -> SchemaPlace {
        guard let target = try registry.resolve(reference, from: place.resource) else {
            throw error(.unresolvedReference, place, keyword, reference)
        }
        return target
    }

    mutating func noteUnevaluated() { program.tracksEvaluated = true }
}
