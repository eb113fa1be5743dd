import HTTP

/// How an action becomes an HTTP request, and where its data is in the answer.
///
/// Only the path, the query, the headers and the body can depend on arguments; scheme and host are
/// fixed when the definition is loaded.
struct RequestTemplate: Sendable {
    var method: String
    /// Scheme and authority are literal; the rest may have placeholders.
    var url: TextTemplate
    var headers: [(name: String, value: TextTemplate)]
    var query: [(name: String, value: TextTemplate)]
    /// nil sends no body.
    var body: BodyTemplate?
    /// nil leaves the limit to `ToolLimits`.
    var timeout: Duration?
    var isIdempotent: Bool
    /// Where the list to be counted is in the answer; nil counts the data.
    var itemsPath: ArgumentPath?
    /// Where the data is in the answer; nil takes the whole answer.
    var dataPath: ArgumentPath?
    var addressPolicy: AddressPolicy

    var credentialNames: [String] {
        (headers.map(\.value) + query.map(\.value)).flatMap(\.credentials)
    }
}
