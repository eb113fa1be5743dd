import Models

/// Keeps a conversation within the tokens that a request may have: what the model has seen already
/// goes first. Equal conversations are shortened alike, so that a replayed run asks the same.
struct ConversationWindow {
    /// What a request may have, in estimated tokens.
    let maxTokens: Int

    /// Results shorter than this are not worth a note.
    private static let shortest = 200

    /// Shortens tool results of `request` until it fits: those of earlier iterations are replaced
    /// by a note, oldest first, then those of the last are cut to equal lengths. Instructions, the
    /// user's words and the model's own stay. It may still be too long afterwards.
    func fit(_ request: inout ChatRequest) {
        guard request.estimatedInputTokens > maxTokens else { return }
        let lastRound =
            request.messages.lastIndex { $0.role == .assistant } ?? request.messages.endIndex
        for index in request.messages[..<lastRound].indices where isLong(request.messages[index]) {
            let length = request.messages[index].content?.unicodeScalars.count ?? 0
            request.messages[index].content =
                "[a result of \(length) characters, left out to save room]"
            if request.estimatedInputTokens <= maxTokens { return }
        }
        cutLastRound(&request, from: lastRound)
    }

    private func cutLastRound(_ request: inout ChatRequest, from start: Int) {
        let long = request.messages[start...].indices.filter { isLong(request.messages[$0]) }
        guard !long.isEmpty else { return }
        let total = long.reduce(0) {
            $0 + (request.messages[$1].content?.unicodeScalars.count ?? 0)
        }
        // A token is estimated as four characters.
        let excess = (request.estimatedInputTokens - maxTokens) * 4
        let share = max(Self.shortest, (total - excess) / long.count - 60)
        for index in long {
            guard let scalars = request.messages[index].content?.unicodeScalars,
                scalars.count > share
            else { continue }
            request.messages[index].content =
                String(scalars.prefix(share)) + "… [\(scalars.count - share) characters left out]"
        }
    }

    private func isLong(_ message: ChatMessage) -> Bool {
        message.role == .tool && (message.content?.unicodeScalars.count ?? 0) > Self.shortest
    }
}
