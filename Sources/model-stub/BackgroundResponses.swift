import JSON

/// The responses that were submitted with `background: true`.
struct BackgroundResponses {
    private struct Entry {
        var unfinished: JSONValue
        var final: HTTPReply
        /// Time since the start of the stub from which the answer is there.
        var readyAt: Duration
    }

    private var entries: [String: Entry] = [:]

    /// Takes a response to be finished at `readyAt`; the reply to its submission.
    mutating func submit(
        _ renderer: ResponsesRenderer, _ final: HTTPReply, readyAt: Duration
    ) -> HTTPReply {
        entries[renderer.id] = Entry(
            unfinished: renderer.unfinished("in_progress"), final: final, readyAt: readyAt)
        return HTTPReply(json: renderer.unfinished("queued"))
    }

    /// The reply to `GET /v1/responses/ID` and `POST /v1/responses/ID/cancel`; nil for other paths.
    mutating func reply(to request: StubRequest, at now: Duration) -> HTTPReply? {
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count >= 3, parts[0] == "v1", parts[1] == "responses" else { return nil }
        guard var entry = entries[parts[2]] else {
            return .error(
                status: 404, type: "invalid_request_error", code: nil,
                message: "Response with id '\(parts[2])' not found.")
        }
        switch (request.method, parts.dropFirst(3).first) {
        case ("GET", nil): break
        case ("POST", "cancel"):
            guard now < entry.readyAt else { break }
            entry.unfinished["status"] = "cancelled"
            entry.final = HTTPReply(json: entry.unfinished)
            entry.readyAt = .zero
            entries[parts[2]] = entry
        default: return nil
        }
        return now >= entry.readyAt ? entry.final : HTTPReply(json: entry.unfinished)
    }
}
