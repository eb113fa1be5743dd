import JSON

/// The HTTP targets for plugins under test: `/tools/…`.
struct ToolSide {
    /// Calls of `/tools/counter` by idempotency key; "" is none.
    private var callsByKey: [String: Int] = [:]

    /// The reply to a request below `/tools/`; nil when there is no such tool.
    mutating func reply(to request: StubRequest) -> HTTPReply? {
        let parts = request.path.split(separator: "/").dropFirst()
        switch parts.first {
        case "echo": return HTTPReply(json: Self.echo(request))
        case "items": return HTTPReply(json: Self.items(count: Self.number("count", request) ?? 3))
        case "slow":
            let milliseconds = Self.number("ms", request) ?? 1_000
            var reply = HTTPReply(json: ["items": [], "waited_ms": .init(milliseconds)])
            reply.latency = .milliseconds(milliseconds)
            return reply
        case "status":
            guard let status = parts.dropFirst().first.flatMap({ Int($0) }),
                (200...599).contains(status)
            else { return nil }
            return Self.status(status)
        case "counter": return count(request)
        default: return nil
        }
    }

    private static func echo(_ request: StubRequest) -> JSONValue {
        let query = JSONValue.object(
            JSONObject(request.query.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        )
        let echo =
            request.body.isEmpty ? query : request.json ?? .string(request.body.text)
        let hidden: Set = ["authorization", "x-api-key", "cookie"]
        return [
            "items": echo["items"] ?? [echo],
            "echo": echo,
            "method": .string(request.method),
            "path": .string(request.path),
            "query": query,
            "headers": .object(
                JSONObject(
                    request.headers.filter { !hidden.contains($0.name) }
                        .map { ($0.name, .string($0.value)) })),
        ]
    }

    private static func items(count: Int) -> JSONValue {
        let count = min(count, 100_000)
        return [
            "items": .array(
                (0..<count).map { index in
                    [
                        "id": .init(index + 1),
                        "title": .string("Item \(index + 1)"),
                        "status": .string(index.isMultiple(of: 2) ? "open" : "closed"),
                        "amount": .init((index + 1) * 10),
                    ]
                }),
            "count": .init(count),
        ]
    }

    private static func status(_ status: Int) -> HTTPReply {
        if status == 204 || status == 304 {
            return HTTPReply(status: status, contentType: "text/plain", body: [])
        }
        let known: JSONValue =
            status < 400
            ? ["items": [], "status": .init(status)]
            : ["error": ["code": .init(status), "message": .string("Status \(status).")]]
        return HTTPReply(status: status, json: known)
    }

    private mutating func count(_ request: StubRequest) -> HTTPReply {
        let key = request.header("idempotency-key") ?? ""
        callsByKey[key, default: 0] += 1
        return HTTPReply(json: [
            "items": [],
            "key": .string(key),
            "count": .init(callsByKey[key] ?? 0),
            "calls": .init(callsByKey.values.reduce(0, +)),
        ])
    }

    /// A number from the query, else from the JSON body.
    private static func number(_ name: String, _ request: StubRequest) -> Int? {
        let number = request.query[name].flatMap { Int($0) } ?? request.json?[name]?.intValue
        return number.map { max(0, min($0, 1_000_000_000)) }
    }
}
