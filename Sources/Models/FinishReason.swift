/// Why a model stopped writing.
public enum FinishReason: Sendable, Hashable {
    /// It was done.
    case stop
    /// It met the output limit: the text is cut, JSON in it is broken and is not to be mended.
    case length
    /// It waits for the answers to its tool calls.
    case toolCalls
    /// A filter of the provider cut or withheld the text.
    case contentFilter
    /// A reason this version does not know, or none given (an empty text).
    case other(String)
}
