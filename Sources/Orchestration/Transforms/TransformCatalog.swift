/// The operations of `transform` steps there are.
struct TransformCatalog: Sendable {
    static let standard = TransformCatalog([
        SetTransform(),
        MapTransform(),
        FilterTransform(),
        ReduceTransform(),
        SortTransform(),
        GroupTransform(),
        AggregateTransform(),
        DeduplicateTransform(),
        FlattenTransform(),
        PairTransform(form: .join),
        PairTransform(form: .match),
        RenderTableTransform(),
    ])

    /// Operations of the origin that are none here, with what to do instead.
    static let notTransforms = [
        "fetch_content": "it reads from a service, which a transform, made anew on every attempt, "
            + "must not; use a step of type action"
    ]

    let operations: [any TransformOperation]

    init(_ operations: [any TransformOperation]) {
        self.operations = operations
    }

    subscript(name: String) -> (any TransformOperation)? {
        operations.first { $0.name == name }
    }

    /// For messages.
    var names: [String] { operations.map(\.name) }
}
