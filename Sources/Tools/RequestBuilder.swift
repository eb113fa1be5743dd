import HTTP
import JSON

/// Fills a request template with the arguments of one call.
struct RequestBuilder {
    let action: ToolAction
    let arguments: JSONValue
    let credentials: any CredentialSource
    let limits: ToolLimits

    func request(idempotencyKey: String) throws(ToolError) -> HTTPRequest {
        let template = action.request
        var request = HTTPRequest(method: template.method, url: try url())
        for header in template.headers {
            guard let value = try text(header.value, "header \(header.name)") else { continue }
            guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
                throw invalid("header \(header.name): an argument has a control character")
            }
            request.headers.add(header.name, value)
        }
        if let body = template.body {
            request.body = (try filled(body) ?? .null).serializedBytes
            if request.headers["Content-Type"] == nil {
                request.headers.add("Content-Type", "application/json")
            }
        }
        if (request.body?.count ?? 0) > limits.maxRequestBytes {
            throw invalid("the arguments are larger than \(limits.maxRequestBytes) bytes")
        }
        if request.headers["Accept"] == nil { request.headers.add("Accept", "application/json") }
        if template.isIdempotent, request.headers["Idempotency-Key"] == nil {
            request.headers.add("Idempotency-Key", idempotencyKey)
        }
        limit(&request)
        return request
    }

    private func limit(_ request: inout HTTPRequest) {
        let timeout = min(action.request.timeout ?? limits.timeout, limits.maxTimeout)
        request.totalTimeout = timeout
        request.idleTimeout = timeout
        request.connectTimeout = min(request.connectTimeout, timeout)
        request.maxBodyBytes = limits.maxResponseBytes
        request.addressPolicy = action.request.addressPolicy
    }

    private func url() throws(ToolError) -> String {
        var url = ""
        for segment in action.request.url.segments {
            switch segment {
            case .literal(let literal): url += literal
            case .argument(let path): url += try component(path)
            case .credential: break  // refused when the definition was loaded
            }
        }
        var separator = url.contains("?") ? "&" : "?"
        for (name, value) in action.request.query {
            for text in try queryValues(value, name) {
                url += "\(separator)\(PercentEncoding.encode(name))=\(PercentEncoding.encode(text))"
                separator = "&"
            }
        }
        return url
    }

    /// One component of the path. An empty one or a dot segment would change which resource the
    /// rest of the path is looked up in.
    private func component(_ path: ArgumentPath) throws(ToolError) -> String {
        let name = path.keys.joined(separator: ".")
        guard let value = path.value(in: arguments), let text = Self.scalar(value) else {
            throw invalid("\(name): the URL needs a string, a number or a boolean here")
        }
        guard !["", ".", ".."].contains(text) else {
            throw invalid("\(name): \"\(text)\" cannot be part of a URL path")
        }
        return PercentEncoding.encode(text)
    }

    /// An array gives the parameter once per element.
    private func queryValues(
        _ template: TextTemplate, _ name: String
    ) throws(ToolError) -> [String] {
        guard let path = template.wholeArgument,
            let elements = path.value(in: arguments)?.arrayValue
        else { return try text(template, "query \(name)").map { [$0] } ?? [] }
        let texts = elements.compactMap { Self.scalar($0) }
        guard texts.count == elements.count else {
            throw invalid("\(name): a query parameter holds strings, numbers and booleans only")
        }
        return texts
    }

    /// The filled text; nil when the whole of it is an argument that is absent or null, and so the
    /// field is left out. Inside a longer text an absent argument is empty.
    private func text(_ template: TextTemplate, _ field: String) throws(ToolError) -> String? {
        if let whole = template.wholeArgument, (whole.value(in: arguments) ?? .null).isNull {
            return nil
        }
        var result = ""
        for segment in template.segments {
            switch segment {
            case .literal(let literal): result += literal
            case .argument(let path):
                guard let value = path.value(in: arguments), !value.isNull else { continue }
                guard let text = Self.scalar(value) else {
                    throw invalid(
                        "\(path.keys.joined(separator: ".")): \(field) needs a string, a number or "
                            + "a boolean here")
                }
                result += text
            case .credential(let name):
                guard let secret = credentials.credential(named: name) else {
                    throw ToolError(
                        code: ToolError.Code.authFailed,
                        message: action.commonError(for: 401)
                            ?? "the credential \(name) of plugin \(action.plugin) is not configured"
                    )
                }
                result += secret
            }
        }
        return result
    }

    private func filled(_ template: BodyTemplate) throws(ToolError) -> JSONValue? {
        switch template {
        case .value(let value): return value
        case .text(let template):
            if let path = template.wholeArgument { return path.value(in: arguments) }
            return .string(try embedded(template))
        case .array(let elements):
            var values: [JSONValue] = []
            for element in elements {
                if let value = try filled(element) { values.append(value) }
            }
            return .array(values)
        case .object(let members):
            var object = JSONObject()
            for (key, member) in members { object[key] = try filled(member) }
            return .object(object)
        }
    }

    /// Inside a text of the body an array or object stands as JSON: nothing can be broken out of.
    private func embedded(_ template: TextTemplate) throws(ToolError) -> String {
        var result = ""
        for case let segment in template.segments {
            switch segment {
            case .literal(let literal): result += literal
            case .argument(let path):
                guard let value = path.value(in: arguments), !value.isNull else { continue }
                result += Self.scalar(value) ?? value.serialized
            case .credential: break  // refused when the definition was loaded
            }
        }
        return result
    }

    private static func scalar(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let bool): bool ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    private func invalid(_ detail: String) -> ToolError {
        ToolError(
            code: ToolError.Code.validation,
            message: "the arguments do not fit the request of \(action.functionName)",
            detail: detail)
    }
}
