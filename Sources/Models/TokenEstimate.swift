/// Counts tokens where no provider did: four characters a token, rounded up.
public struct TokenEstimate {
    private var characters = 0

    /// The size of one text.
    public static func tokens(of text: String) -> Int {
        var estimate = TokenEstimate()
        estimate.add(text)
        return estimate.tokens
    }

    /// Unicode scalars, not graphemes: nearer to what a tokenizer sees, and cheap to count.
    mutating func add(_ text: String?) {
        characters += text?.unicodeScalars.count ?? 0
    }

    mutating func add(_ message: ChatMessage) {
        add(message.content)
        add(message.refusal)
        for call in message.toolCalls {
            add(call.name)
            add(call.arguments)
        }
    }

    var tokens: Int { (characters + 3) / 4 }
}

extension ChatMessage {
    /// The message's size in tokens, estimated.
    var estimatedTokens: Int {
        var estimate = TokenEstimate()
        estimate.add(self)
        return estimate.tokens
    }
}
