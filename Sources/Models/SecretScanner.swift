/// The word-by-word part of `Redaction`: walks a text once and replaces the words that are secrets.
///
/// A word is a run of the characters that keys, tokens and URLs are made of; everything between
/// words is copied as it is.
struct SecretScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    /// Set by a word that announces a secret: `Bearer`, `password=`.
    private var nextIsSecret = false

    static func scrub(_ bytes: [UInt8]) -> [UInt8] {
        var scanner = SecretScanner(bytes)
        return scanner.run()
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        output.reserveCapacity(bytes.count)
    }

    private mutating func run() -> [UInt8] {
        while position < bytes.count {
            if Self.isWordByte(bytes[position]) {
                word()
            } else {
                // An announcement reaches over the blanks, quotes and signs of `"token": "…"`.
                if !Self.isBridge(bytes[position]) { nextIsSecret = false }
                output.append(bytes[position])
                position += 1
            }
        }
        return output
    }

    private mutating func word() {
        let start = position
        while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
        emit(bytes[start..<position])
    }

    private mutating func emit(_ word: ArraySlice<UInt8>) {
        if let at = Self.userinfoEnd(word), let authority = Self.authorityStart(word) {
            output += word[word.startIndex..<authority]
            output += Array(Redaction.mark.utf8)
            emit(word[at...])
            return
        }
        if let value = Self.valueOfSecretName(word) {
            output += word[word.startIndex..<value.lowerBound]
            output += Array(Redaction.mark.utf8)
            nextIsSecret = false
            if value.upperBound < word.endIndex { emit(word[value.upperBound...]) }
            return
        }
        // The sign between a name and its value may stand alone.
        if word.allSatisfy({ Self.isSign($0) }) {
            output += word
            return
        }
        let trimmed = Self.trimmed(word)
        let announced = nextIsSecret && SecretShape.looksLikeValue(trimmed)
        nextIsSecret = announcesSecret(word)
        if !nextIsSecret, announced || SecretShape.isSecret(trimmed) {
            output += word[word.startIndex..<trimmed.startIndex]
            output += Array(Redaction.mark.utf8)
            output += word[trimmed.endIndex...]
        } else {
            output += word
        }
    }

    private func announcesSecret(_ word: ArraySlice<UInt8>) -> Bool {
        let lowered = word.map { $0 | 0x20 }
        if lowered.elementsEqual("bearer".utf8) || lowered.elementsEqual("basic".utf8) {
            return true
        }
        // `password: x`, `"api_key": "x"`: a name of a secret followed by a sign.
        var name = word
        var signed = false
        while let last = name.last, Self.isSign(last) {
            name.removeLast()
            signed = true
        }
        if !signed {
            var next = position
            while next < bytes.count, Self.isQuote(bytes[next]) { next += 1 }
            signed = next < bytes.count && Self.isSign(bytes[next])
        }
        return signed && SecretShape.isSecretName(name)
    }

    /// Where the value stands in `password=value`, `?api_key=value&…`.
    private static func valueOfSecretName(_ word: ArraySlice<UInt8>) -> Range<Int>? {
        for sign in word.indices where isSign(word[sign]) && sign > word.startIndex {
            let value = word[(sign + 1)...].prefix { $0 != UInt8(ascii: "&") }
            if !value.isEmpty, SecretShape.isSecretName(word[word.startIndex..<sign]) {
                return value.startIndex..<value.endIndex
            }
        }
        return nil
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=")
    }

    /// Where `scheme://` ends.
    private static func authorityStart(_ word: ArraySlice<UInt8>) -> Int? {
        var index = word.startIndex
        while index + 2 < word.endIndex {
            if word[index...index + 2].elementsEqual("://".utf8) { return index + 3 }
            index += 1
        }
        return nil
    }

    /// The place of the `@` that ends a URL's userinfo.
    private static func userinfoEnd(_ word: ArraySlice<UInt8>) -> Int? {
        guard let start = authorityStart(word) else { return nil }
        let authority = word[start...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        return authority.lastIndex(of: UInt8(ascii: "@"))
    }

    /// Without the punctuation of the sentence around it.
    private static func trimmed(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = word
        while let last = slice.last, ".:?!".utf8.contains(last) { slice.removeLast() }
        while let first = slice.first, ".:".utf8.contains(first) { slice.removeFirst() }
        return slice
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./+=~:%@?&*!$#".utf8.contains(byte)
        }
    }

    private static func isQuote(_ byte: UInt8) -> Bool { "\"'\\`".utf8.contains(byte) }

    private static func isBridge(_ byte: UInt8) -> Bool { byte <= 0x20 || isQuote(byte) }
}
