import JSON

extension SchemaCompiler {
    typealias Entry = (keyword: String, applicator: Applicator)

    /// The keywords of a schema that apply others, in the order of evaluation.
    mutating func applicators(
        _ reader: KeywordReader, _ vocabulary: Vocabulary
    ) throws(JSONSchemaError) -> [Entry] {
        var entries = try references(reader)
        if vocabulary.contains(.applicator) {
            entries += try logic(reader)
            entries += try objects(reader)
            entries += try arrays(reader)
        }
        if vocabulary.contains(.unevaluated) { entries += try unevaluated(reader) }
        return entries
    }

    private mutating func references(_ reader: KeywordReader) throws(JSONSchemaError) -> [Entry] {
        var entries: [Entry] = []
        if let reference = try reader.string("$ref") {
            let place = try target(of: reference, "$ref", at: reader.place)
            entries.append(("$ref", .reference(try index(of: place))))
        }
        if let reference = try reader.string("$dynamicRef") {
            let place = try target(of: reference, "$dynamicRef", at: reader.place)
            let index = try index(of: place)
            // Dynamic only when it names a dynamic anchor in the first place (core specification, 8.2.3.2).
            let anchor = URIReference.decoded(URIReference(reference).fragment ?? "")
            let isDynamic =
                !anchor.isEmpty && place.value["$dynamicAnchor"]?.stringValue == anchor
            entries.append(
                (
                    "$dynamicRef",
                    isDynamic
                        ? .dynamicReference(initial: index, anchor: anchor) : .reference(index)
                ))
        }
        return entries
    }

    private mutating func logic(_ reader: KeywordReader) throws(JSONSchemaError) -> [Entry] {
        var entries: [Entry] = []
        if let branches = try list("allOf", reader) { entries.append(("allOf", .allOf(branches))) }
        if let branches = try list("anyOf", reader) { entries.append(("anyOf", .anyOf(branches))) }
        if let branches = try list("oneOf", reader) { entries.append(("oneOf", .oneOf(branches))) }
        if let schema = try single("not", reader) { entries.append(("not", .not(schema))) }
        if let condition = try single("if", reader) {
            let applicator = Applicator.conditional(
                condition: condition, then: try single("then", reader),
                otherwise: try single("else", reader))
            entries.append(("if", applicator))
        }
        return entries
    }

    private mutating func objects(_ reader: KeywordReader) throws(JSONSchemaError) -> [Entry] {
        var entries: [Entry] = []
        var rules = PropertyRules()
        for entry in try map("properties", reader) {
            rules.named[ByteKey(entry.key)] = entry.node
        }
        for entry in try map("patternProperties", reader) {
            let expression = try reader.expression(entry.key, "patternProperties")
            rules.patterns.append((expression, entry.node))
        }
        rules.additional = try single("additionalProperties", reader)
        if !rules.named.isEmpty || !rules.patterns.isEmpty || rules.additional != nil {
            entries.append(("properties", .properties(rules)))
        }
        if let schema = try single("propertyNames", reader) {
            entries.append(("propertyNames", .propertyNames(schema)))
        }
        let dependent = try map("dependentSchemas", reader)
        if !dependent.isEmpty {
            entries.append(("dependentSchemas", .dependentSchemas(dependent)))
        }
        return entries
    }

    private mutating func arrays(_ reader: KeywordReader) throws(JSONSchemaError) -> [Entry] {
        var entries: [Entry] = []
        let prefix = try list("prefixItems", reader) ?? []
        let rest = try single("items", reader)
        if !prefix.isEmpty || rest != nil {
            entries.append(("items", .items(prefix: prefix, rest: rest)))
        }
        if let schema = try single("contains", reader) {
            let min = try reader.count("minContains") ?? 1
            let max = try reader.count("maxContains")
            entries.append(("contains", .contains(schema, min: min, max: max)))
        }
        return entries
    }

    private mutating func unevaluated(_ reader: KeywordReader) throws(JSONSchemaError) -> [Entry] {
        var entries: [Entry] = []
        if let schema = try single("unevaluatedItems", reader) {
            entries.append(("unevaluatedItems", .unevaluatedItems(schema)))
        }
        if let schema = try single("unevaluatedProperties", reader) {
            entries.append(("unevaluatedProperties", .unevaluatedProperties(schema)))
        }
        if !entries.isEmpty { noteUnevaluated() }
        return entries
    }

    private mutating func single(
        _ keyword: String, _ reader: KeywordReader
    ) throws(JSONSchemaError) -> Int? {
        guard reader.schema[keyword] != nil else { return nil }
        return try subschema(of: reader.place, keyword)
    }

    private mutating func list(
        _ keyword: String, _ reader: KeywordReader
    ) throws(JSONSchemaError) -> [Int]? {
        guard let elements = try reader.array(keyword) else { return nil }
        var indexes: [Int] = []
        for position in elements.indices {
            indexes.append(try subschema(of: reader.place, keyword, String(position)))
        }
        return indexes
    }

    private mutating func map(
        _ keyword: String, _ reader: KeywordReader
    ) throws(JSONSchemaError) -> [(key: String, node: Int)] {
        guard let members = try reader.object(keyword) else { return [] }
        var entries: [(key: String, node: Int)] = []
        for key in members.keys {
            let node = try subschema(of: reader.place, keyword, JSONPointer.escaped(key))
            entries.append((key, node))
        }
        return entries
    }
}
