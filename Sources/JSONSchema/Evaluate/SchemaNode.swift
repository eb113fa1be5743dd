/// A compiled subschema.
struct SchemaNode: Sendable {
    /// A keyword: its name, for errors, and its work.
    struct Rule: Sendable {
        enum Work: Sendable {
            case assertion(Assertion)
            case applicator(Applicator)
        }

        let keyword: String
        let work: Work
    }

    /// The resource it belongs to, for the dynamic scope.
    let resource: Int
    /// Where it stands, for errors.
    let location: String
    /// Nothing conforms to the schema `false`.
    let rejectsAll: Bool
    /// In the order of evaluation: whatever others evaluate comes before the unevaluated… keywords.
    let rules: [Rule]
}
