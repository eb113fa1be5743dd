extension String {
    /// Whether nothing but white space is in it.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }

    /// Without white space at either end.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// At most `limit` Unicode scalars (JSON Schema's length), whole characters, cut between
    /// words when that keeps at least half.
    func cut(to limit: Int) -> String {
        guard unicodeScalars.count > limit else { return self }
        var kept = ""
        var length = 0
        for character in self {
            length += character.unicodeScalars.count
            guard length <= limit else { break }
            kept.append(character)
        }
        let cutsWord = self.dropFirst(kept.count).first.map { !$0.isWhitespace } ?? false
        if cutsWord, let space = kept.lastIndex(where: \.isWhitespace) {
            let words = String(kept[..<space]).trimmed
            if words.count * 2 >= kept.count { return words }
        }
        return kept.trimmed
    }

    /// Its words in lower case: the runs of letters and digits.
    var words: [String] {
        lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }
}
