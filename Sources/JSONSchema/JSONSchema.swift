import JSON

/// A JSON Schema of draft 2020-12, compiled once and used from any task.
///
/// Recursion, work and errors are limited, so that neither a schema nor an instance from a stranger can
/// hang or exhaust the process; an instance that meets a limit is invalid and told so.
public struct JSONSchema: Sendable {
    private let program: SchemaProgram

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - schema: An object or a boolean.
    ///   - resources: The documents that references to other addresses may reach, by absolute URI. The
    ///     draft's own metaschemas need not be given. Nothing is fetched.
    ///   - assertsFormat: Whether `format` is checked; by the draft's default it only annotates.
    public init(
        _ schema: JSONValue, resources: [String: JSONValue] = [:], assertsFormat: Bool = false
    ) throws(JSONSchemaError) {
        program = try SchemaCompiler.compile(
            schema, resources: resources, assertsFormat: assertsFormat)
    }

    /// Every reason why the instance does not conform, 1000 at most; none if it does.
    public func validate(_ instance: JSONValue) -> [ValidationError] {
        var evaluation = Evaluation(program: program, collectsErrors: true)
        _ = evaluation.run(instance)
        return evaluation.errors
    }

    /// Whether the instance conforms; stops at the first reason why not.
    public func isValid(_ instance: JSONValue) -> Bool {
        var evaluation = Evaluation(program: program, collectsErrors: false)
        return evaluation.run(instance)
    }
}
