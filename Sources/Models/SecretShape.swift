/// What a secret looks like: the tables and measures behind `SecretScanner`.
enum SecretShape {
    /// Prefixes of keys of well-known issuers and the fewest characters such a key has in all.
    private static let prefixes: [(prefix: String, length: Int)] = [
        ("sk-", 12), ("sk_live_", 16), ("sk_test_", 16), ("rk_live_", 16), ("pk_live_", 16),
        ("whsec_", 16), ("AKIA", 20), ("ASIA", 20), ("ghp_", 16), ("gho_", 16), ("ghu_", 16),
        ("ghs_", 16), ("ghr_", 16), ("github_pat_", 20), ("glpat-", 16), ("xoxb-", 12),
        ("xoxp-", 12), ("xoxa-", 12), ("xapp-", 12), ("AIza", 30), ("ya29.", 20), ("hf_", 16),
        ("gsk_", 16), ("xai-", 16), ("npm_", 20), ("SG.", 20),
    ]

    /// Names whose values are secrets. `key`, `token` and `code` are ordinary words as well: their
    /// values are judged by their own look.
    private static let names: Set<String> = [
        "password", "passwd", "pwd", "secret", "client_secret", "api_key", "apikey", "api-key",
        "x-api-key", "access_key", "secret_key", "access_token", "refresh_token", "id_token",
        "auth_token", "authorization", "proxy-authorization", "credential", "private_key",
    ]

    static func isSecretName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count <= 200 else { return false }
        // The last name of `?a=b&api_key=…` or `openai.api_key=…` counts.
        let last = bytes.split(whereSeparator: { "?&./:#".utf8.contains($0) }).last ?? bytes
        let name = String(decoding: last, as: UTF8.self).lowercased()
        return names.contains(name)
    }

    /// Whether an announced word is a value and not prose: `password: required` stays.
    static func looksLikeValue(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count >= 6 else { return false }
        let counts = Counts(word)
        return counts.digits > 0 || counts.others > 1 || (counts.upper > 1 && counts.lower > 0)
            || word.count >= 16
    }

    static func isSecret(_ word: ArraySlice<UInt8>) -> Bool {
        if let query = word.firstIndex(of: UInt8(ascii: "?")) {
            return isSecret(word[word.startIndex..<query])
                || word[query...].split(whereSeparator: { "?&=".utf8.contains($0) })
                    .contains { isSecret($0) }
        }
        return hasKnownPrefix(word) || isWebToken(word) || isRandom(word)
    }

    private static func hasKnownPrefix(_ word: ArraySlice<UInt8>) -> Bool {
        // A key also stands after a sign: `key=sk-…`, `Bearer:ghp_…`, `provided:AKIA…`.
        for part in word.split(whereSeparator: { "=:@/".utf8.contains($0) }) {
            for known in prefixes
            where part.count >= known.length && part.starts(with: known.prefix.utf8) {
                let rest = part.dropFirst(known.prefix.utf8.count)
                // `sk-learn-extensions` is a package, `sk-proj-…` and `sk-ab12…` are keys; a
                // masked key (`sk-ab****wxyz`) still shows its ends.
                let counts = Counts(rest)
                if counts.digits > 0 || counts.upper > 0 || rest.contains(UInt8(ascii: "*")) {
                    return true
                }
            }
        }
        return false
    }

    /// Three base64url parts, the first one an encoded `{"`.
    private static func isWebToken(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: "."))
        return parts.count >= 2 && word.count >= 24
            && parts.contains { $0.starts(with: "eyJ".utf8) && $0.count >= 8 }
    }

    /// A long word without the order of a language.
    ///
    /// The measure is how often the kind of character changes (upper, lower, digit). Random
    /// base 62 changes at 62 % of its places, hexadecimal at 47 %, camelCase at up to 40 % and
    /// dated names (`claude-3-5-haiku-20241022`) within one part almost never.
    static func isRandom(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count >= 20, !isUUID(word) else { return false }
        let parts = word.split(omittingEmptySubsequences: true) { !isAlphanumeric($0) }
        if parts.contains(where: { isRandomPart($0) }) { return true }
        // base64url: `-` and `_` cut it anywhere.
        let whole = Counts(word)
        return word.count >= 32 && whole.upper > 3 && whole.lower > 3 && whole.digits > 1
            && whole.changes * 2 >= word.count
    }

    private static func isRandomPart(_ part: ArraySlice<UInt8>) -> Bool {
        let counts = Counts(part)
        let share = Double(counts.changes) / Double(max(1, part.count - 1))
        if counts.digits > 0, counts.upper + counts.lower > 0 {
            return part.count >= 20 && share >= 0.25 || part.count >= 32 && part.allSatisfy(isHex)
        }
        return part.count >= 24 && counts.upper > 3 && counts.lower > 3 && share >= 0.42
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        Unicode.Scalar(byte).properties.isASCIIHexDigit
    }

    private static func isUUID(_ word: ArraySlice<UInt8>) -> Bool {
        let lengths = word.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .map(\.count)
        return lengths == [8, 4, 4, 4, 12]
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { Counts.kind(byte) != .other }

    /// How many characters of each kind a word has, and how often the kind changes.
    private struct Counts {
        enum Kind { case upper, lower, digit, other }

        var upper = 0
        var lower = 0
        var digits = 0
        var others = 0
        var changes = 0

        init(_ word: ArraySlice<UInt8>) {
            var previous: Kind?
            for byte in word {
                let kind = Self.kind(byte)
                switch kind {
                case .upper: upper += 1
                case .lower: lower += 1
                case .digit: digits += 1
                case .other: others += 1
                }
                if let previous, previous != kind { changes += 1 }
                previous = kind
            }
        }

        static func kind(_ byte: UInt8) -> Kind {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
            case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
            case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
            default: .other
            }
        }
    }
}
