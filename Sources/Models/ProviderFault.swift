import JSON

/// The error object of an answer, whatever its shape.
///
/// OpenAI: `{"error":{"message","type","param","code"}}`. Anthropic adds `details.error_code`,
/// Azure `innererror.code`. vLLM puts the members at the root, others give `{"error":"text"}`,
/// `{"detail":"text"}` or a list around it all. LiteLLM writes the status into `code`.
struct ProviderFault {
    /// The most specific code given; never a number.
    var code: String?
    /// The other codes given, such as Azure's inner one.
    var innerCode: String?
    var type: String?
    var param: String?
    /// The provider's words, as they came.
    var message: String?
    /// Whether the answer has an error object at all.
    var isPresent: Bool

    init(_ value: JSONValue?) {
        let root = value?[0] ?? value
        guard let root, root.objectValue != nil else {
            isPresent = false
            return
        }
        let error = root["error"]
        let members = error?.objectValue == nil ? root : error
        code = Self.name(members?["code"])
        innerCode =
            Self.name(members?["details"]?["error_code"])
            ?? Self.name(members?["innererror"]?["code"])
        type = Self.name(members?["type"])
        param = Self.name(members?["param"])
        message =
            members?["message"]?.stringValue ?? error?.stringValue ?? root["detail"]?.stringValue
        isPresent =
            error.map { !$0.isNull } ?? false
            || (root["object"]?.stringValue == "error" || type == "error")
            || (message != nil && root["choices"] == nil)
    }

    /// All codes, the decisive one first.
    var codes: [String] { [innerCode, code, type].compactMap { $0 } }

    /// A code of a provider: short and of one word. Anything else may be a quotation.
    private static func name(_ value: JSONValue?) -> String? {
        guard let text = value?.stringValue, (1...80).contains(text.utf8.count), Int(text) == nil,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), Redaction.scrub(text) == text
        else { return nil }
        return text
    }
}
