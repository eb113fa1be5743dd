/// Words in a prompt that ask for a category of skills.
public struct SkillKeyword: Sendable, Hashable {
    /// One word or several in a row, in lower case.
    public let words: [String]
    /// The states it asks for; empty means all.
    public let states: [String]

    /// `text` is split into words, so that `dune_analytics` is found in "Dune Analytics" too.
    public init(_ text: String, states: [String] = []) {
        words = text.words
        self.states = states
    }

    /// Whether the words occur in this order in a prompt's words. Only whole words count, so
    /// "digital" does not ask for "git"; the last may be an English plural in s or es, so that
    /// "prices" asks for "price" and "searches" for "search".
    func occurs(in prompt: [String]) -> Bool {
        guard let last = words.last, prompt.count >= words.count else { return false }
        return (0...prompt.count - words.count).contains { start in
            let run = prompt[start..<start + words.count]
            return run.dropLast().elementsEqual(words.dropLast())
                && (run.last == last || run.last == last + "s" || run.last == last + "es")
        }
    }
}
