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
    ])

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
