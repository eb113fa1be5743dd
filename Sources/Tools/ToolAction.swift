import JSON
import JSONSchema

/// One action of a plugin.
public struct ToolAction: Sendable {
    public let plugin: String
    public let name: String
    public let description: String
    /// When to use it, for the model; empty when the file gives none.
    public let usageContext: String
    /// The JSON Schema of its arguments; its root is an object.
    public let parameters: JSONValue
    /// Whether the same call made twice does what it does made once. A call that is not idempotent
    /// and whose outcome is unknown is never repeated.
    public var isIdempotent: Bool { request.isIdempotent }
    /// The name of the function offered to models.
    public var functionName: String { "\(plugin)__\(name)" }

    let schema: JSONSchema
    /// The rules that forbid a call.
    let blocks: [BlockRule]
    /// `output_guidance.success_message`.
    let successMessage: String?
    /// `output_guidance.common_errors`.
    let commonErrors: [String: String]
    let request: RequestTemplate
}
