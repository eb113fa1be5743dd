/// All that a validation needs: compiled subschemas that refer to each other by index.
struct SchemaProgram: Sendable {
    var nodes: [SchemaNode] = []
    /// For each resource, its dynamic anchors and the nodes they name.
    var dynamicAnchors: [[String: Int]] = []
    /// Whether any schema asks what others have evaluated; if none does, nobody keeps account.
    var tracksEvaluated = false
    /// Where validation begins.
    var root = 0
}
