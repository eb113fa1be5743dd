import HTTP
import JSON

extension PluginReader {
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
    ]

    private static let requestFields: Set<String> = [
        "method", "url", "headers", "query", "body", "timeout_ms", "idempotent", "items_path",
        "data_path",
    ]

    /// The fields that frame a message belong to the HTTP client.
    private static let framingHeaders: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "expect",
    ]

    /// The request template of an action; nil when it has a fault that leaves nothing to use.
    mutating func requestTemplate(
        _ value: JSONValue?, _ field: String, parameters: JSONValue, policy: AddressPolicy
    ) -> RequestTemplate? {
        guard let members = object(value, field) else { return nil }
        for key in members.keys where !Self.requestFields.contains(key) {
            fault("\(field).\(key)", "is not a field of a request")
        }
        let scope = TemplateScope(parameters: parameters)
        let method = string(members["method"], "\(field).method") ?? ""
        if !method.isEmpty, !Self.methods.contains(method) {
            fault(
                "\(field).method", "must be one of \(Self.methods.sorted().joined(separator: ", "))"
            )
        }
        let url = self.url(members["url"], "\(field).url", scope: scope)
        let headers = self.headers(members["headers"], "\(field).headers", scope: scope)
        let query = texts(members["query"], "\(field).query", scope: scope)
        var body: BodyTemplate?
        if let value = members["body"], !value.isNull {
            body = bodyTemplate(value, "\(field).body", scope: scope)
        }
        if body != nil, method == "GET" || method == "HEAD" {
            fault("\(field).body", "a \(method) request has no body")
        }
        let timeout = timeLimit(members["timeout_ms"], "\(field).timeout_ms")
        let isIdempotent = idempotent(members["idempotent"], "\(field).idempotent", method: method)
        let itemsPath = path(members["items_path"], "\(field).items_path")
        let dataPath = path(members["data_path"], "\(field).data_path")
        guard let url else { return nil }
        return RequestTemplate(
            method: method, url: url, headers: headers, query: query, body: body, timeout: timeout,
            isIdempotent: isIdempotent, itemsPath: itemsPath, dataPath: dataPath,
            addressPolicy: policy)
    }

    private mutating func url(
        _ value: JSONValue?, _ field: String, scope: TemplateScope
    ) -> TextTemplate? {
        guard let text = string(value, field), let template = template(text, field, scope: scope)
        else { return nil }
        if !template.credentials.isEmpty {
            fault(field, "a credential may stand in headers and query only")
        }
        for path in template.arguments where !scope.isRequired(path) {
            fault(
                field,
                "{{\(path.keys.joined(separator: "."))}} must be a required parameter: the path "
                    + "has no meaning without it")
        }
        if let problem = TemplateURL.problem(of: template) { fault(field, problem) }
        return template
    }

    private mutating func headers(
        _ value: JSONValue?, _ field: String, scope: TemplateScope
    ) -> [(name: String, value: TextTemplate)] {
        let headers = texts(value, field, scope: scope)
        for (name, template) in headers {
            if !HeaderName.isValid(name) {
                fault("\(field).\(name)", "is not the name of a header")
            }
            if Self.framingHeaders.contains(name.lowercased()) {
                fault("\(field).\(name)", "belongs to the HTTP client")
            }
            if template.segments.contains(where: { $0.hasControlCharacter }) {
                fault("\(field).\(name)", "has a control character")
            }
        }
        return headers
    }

    private mutating func texts(
        _ value: JSONValue?, _ field: String, scope: TemplateScope
    ) -> [(name: String, value: TextTemplate)] {
        guard let value, !value.isNull, let members = object(value, field) else { return [] }
        return members.compactMap { name, value in
            let field = "\(field).\(name)"
            let text: String
            switch value {
            case .string(let string): text = string
            case .number(let number): text = number.text
            case .bool(let bool): text = bool ? "true" : "false"
            case .null, .array, .object:
                fault(field, "must be a string, a number or a boolean")
                return nil
            }
            return template(text, field, scope: scope).map { (name, $0) }
        }
    }

    private mutating func bodyTemplate(
        _ value: JSONValue, _ field: String, scope: TemplateScope
    ) -> BodyTemplate? {
        switch value {
        case .string(let text):
            guard let template = template(text, field, scope: scope) else { return nil }
            if !template.credentials.isEmpty {
                fault(field, "a credential may stand in headers and query only")
            }
            return template.segments.isEmpty ? .value(value) : .text(template)
        case .array(let elements):
            return .array(
                elements.enumerated().compactMap { index, element in
                    bodyTemplate(element, "\(field).\(index)", scope: scope)
                })
        case .object(let members):
            var templates: [(key: String, value: BodyTemplate)] = []
            for (key, member) in members {
                if key.contains("{{") { fault("\(field).\(key)", "a key has no placeholders") }
                if let template = bodyTemplate(member, "\(field).\(key)", scope: scope) {
                    templates.append((key, template))
                }
            }
            return .object(templates)
        case .null, .bool, .number: return .value(value)
        }
    }

    private mutating func template(
        _ text: String, _ field: String, scope: TemplateScope
    ) -> TextTemplate? {
        do {
            let template = try TextTemplate(parsing: text)
            for path in template.arguments where !scope.isDeclared(path) {
                fault(field, "{{\(path.keys.joined(separator: "."))}} is not among the parameters")
            }
            return template
        } catch {
            fault(field, error.message)
            return nil
        }
    }

    mutating func timeLimit(_ value: JSONValue?, _ field: String) -> Duration? {
        guard let value, !value.isNull else { return nil }
        guard let milliseconds = value.intValue, (1...600_000).contains(milliseconds) else {
            fault(field, "must be a whole number of milliseconds, 1 to 600000")
            return nil
        }
        return .milliseconds(milliseconds)
    }

    /// What only reads is idempotent unless the file says otherwise; all else only if it says so.
    private mutating func idempotent(
        _ value: JSONValue?, _ field: String, method: String
    ) -> Bool {
        guard let value, !value.isNull else { return ["GET", "HEAD", "OPTIONS"].contains(method) }
        if value.boolValue == nil { fault(field, "must be true or false") }
        return value.boolValue ?? false
    }

    private mutating func path(_ value: JSONValue?, _ field: String) -> ArgumentPath? {
        guard let text = optionalString(value, field) else { return nil }
        let path = ArgumentPath(parsing: text)
        if path == nil { fault(field, "must be keys joined by dots") }
        return path
    }
}
