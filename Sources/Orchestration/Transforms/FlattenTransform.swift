import JSON
import Journal

/// `flatten`: puts the elements of inner arrays in the place of these, `config.depth` levels deep
/// (1 without). With `config.field` the arrays that stand there in each element are joined.
struct FlattenTransform: TransformOperation {
    let name = "flatten"

    private static let maxDepth = 32

    func faults(of config: JSONValue) -> [String] {
        var faults = faults(ofPath: "field", in: config, isRequired: false)
        if let depth = config["depth"], !depth.isNull,
            depth.intValue.map((1...Self.maxDepth).contains) != true
        {
            faults.append("config.depth must be 1 to \(Self.maxDepth)")
        }
        return faults
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let values = try elements(input).map { value(at: "field", of: config, in: $0) }
        return .array(Self.flat(values, depth: config["depth"]?.intValue ?? 1))
    }

    private static func flat(_ values: [JSONValue], depth: Int) -> [JSONValue] {
        guard depth > 0 else { return values }
        return values.flatMap { value -> [JSONValue] in
            guard let inner = value.arrayValue else { return [value] }
            return flat(inner, depth: depth - 1)
        }
    }
}
