/// Counts tokens where no provider did: four characters a token, rounded up.
struct TokenEstimate {
    private var characters = 0

    /// Unicode scalars, not graphemes: nearer to what a tokenizer sees, and cheap to count.
    mutating func add(_ text: String?) {
        characters += text?.unicodeScalars.count ?? 0
    }

    var tokens: Int { (characters + 3) / 4 }
}
