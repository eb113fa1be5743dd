import JSON

extension KeywordReader {
    typealias Entry = (keyword: String, assertion: Assertion)

    /// The assertions of the schema, the type first; `validates` is whether the validation vocabulary
    /// is in force.
    func assertions(validates: Bool) throws(JSONSchemaError) -> [Entry] {
        var entries: [Entry] = []
        func add<T>(_ keyword: String, _ value: T?, _ make: (T) -> Assertion) {
            if let value { entries.append((keyword, make(value))) }
        }
        if validates {
            add("type", try types(), Assertion.type)
            add("const", schema["const"], Assertion.const)
            add("enum", try array("enum"), Assertion.enumeration)
            add("required", try strings("required"), Assertion.required)
            add("dependentRequired", try dependentRequired(), Assertion.dependentRequired)
            add("minLength", try count("minLength"), Assertion.minLength)
            add("maxLength", try count("maxLength"), Assertion.maxLength)
            if let pattern = try string("pattern") {
                entries.append(("pattern", .pattern(try expression(pattern, "pattern"))))
            }
            add("minimum", try number("minimum"), Assertion.minimum)
            add("exclusiveMinimum", try number("exclusiveMinimum"), Assertion.exclusiveMinimum)
            add("maximum", try number("maximum"), Assertion.maximum)
            add("exclusiveMaximum", try number("exclusiveMaximum"), Assertion.exclusiveMaximum)
            add("multipleOf", try number("multipleOf"), Assertion.multipleOf)
            add("minItems", try count("minItems"), Assertion.minItems)
            add("maxItems", try count("maxItems"), Assertion.maxItems)
            if try bool("uniqueItems") == true { entries.append(("uniqueItems", .uniqueItems)) }
            add("minProperties", try count("minProperties"), Assertion.minProperties)
            add("maxProperties", try count("maxProperties"), Assertion.maxProperties)
        }
        if assertsFormat, let name = try string("format"), let format = Format(named: name) {
            entries.append(("format", .format(name, format)))
        }
        return entries
    }
}
