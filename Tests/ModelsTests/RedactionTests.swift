import Testing

@testable import Models

@Suite("Redaction")
struct RedactionTests {
    @Test(
        "secrets are recognised by their shape",
        arguments: [
            ("key sk-proj-Abc123Def456Ghi789 given", "key [redacted] given"),
            (
                "Incorrect API key provided: sk-ab12****wxyz.",
                "Incorrect API key provided: [redacted]."
            ),
            ("Authorization: Bearer abc.def-1234567890", "Authorization: Bearer [redacted]"),
            ("basic dXNlcjpwYXNzd29yZA==", "basic [redacted]"),
            ("id AKIAIOSFODNN7EXAMPLE!", "id [redacted]!"),
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[redacted]"),
            ("token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sflKxwRJSMeKKF2QT4", "token: [redacted]"),
            (
                "postgres://bob:hunter2@db.example.org/app",
                "postgres://[redacted]@db.example.org/app"
            ),
            ("https://u@h/p?x=1", "https://[redacted]@h/p?x=1"),
            ("password=hunter2", "password=[redacted]"),
            ("{\"api_key\": \"abc123def\"}", "{\"api_key\": \"[redacted]\"}"),
            ("client_secret: 'Zx9-aaaa-bbbb'", "client_secret: '[redacted]'"),
            ("https://h/p?api_key=abcdef&x=1", "https://h/p?api_key=[redacted]&x=1"),
            (
                "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY----- b",
                "a [redacted] b"
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIEv", "[redacted]"),
            ("0123456789abcdef0123456789abcdef", "[redacted]"),
            ("xoxb-1234567890-abcdefghij", "[redacted]"),
        ])
    func secrets(text: String, expected: String) {
        #expect(Redaction.scrub(text) == expected)
    }

    @Test(
        "ordinary words, names and ids stay",
        arguments: [
            "The model gpt-4o-mini-2024-07-18 does not exist.", "claude-3-5-haiku-20241022",
            "Rate limit reached for gpt-4o in organization org-abc on tokens per min (TPM): 30000",
            "123e4567-e89b-12d3-a456-426614174000", "password: required", "a token is missing",
            "getUserAccountSettingsByIdentifier", "parallel_tool_calls is only allowed with tools",
            "https://platform.openai.com/docs/guides/error-codes/api-errors", "sk-learn-extensions",
            "response_format.json_schema.schema", "2026-11-21T07:28:00.123Z", "bearer of bad news",
            "Grüße aus Österreich: 50 % günstiger", "a=b&c=d", "src/models/chat_completions.py:42",
        ])
    func prose(text: String) {
        #expect(Redaction.scrub(text) == text)
    }

    @Test("of 400 random keys of many kinds none survives, of as many sentences none is touched")
    func corpus() {
        var random = Xorshift(state: 42)
        let digits = Array("0123456789")
        let lower = Array("abcdefghijklmnopqrstuvwxyz")
        let base62 = digits + lower + lower.map { Character($0.uppercased()) }
        var missed: [String] = []
        for index in 0..<400 {
            func word(_ alphabet: [Character], _ length: Int) -> String {
                String((0..<length).map { _ in alphabet.randomElement(using: &random) ?? "a" })
            }
            let secret =
                switch index % 8 {
                case 0: "sk-" + word(base62, 24)
                case 1: "ghp_" + word(base62, 36)
                case 2: "AKIA" + word(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 16)
                case 3: word(Array("0123456789abcdef"), 40)
                case 4: word(base62, 32)
                case 5: "Bearer " + word(base62, 20)
                case 6: "eyJ" + word(base62, 20) + "." + word(base62, 30) + "." + word(base62, 30)
                default: word(base62 + ["+", "/"], 43) + "="
                }
            let kept = secret.hasPrefix("Bearer ") ? String(secret.dropFirst(7)) : secret
            if Redaction.scrub("failed with \(secret) today").contains(kept) {
                missed.append(secret)
            }
        }
        // The measure is statistical: a random word may look like a name now and then.
        #expect(missed.count <= 4, "recall of at least 99 %: \(missed)")
        let words = [
            "the", "request", "was", "refused", "because", "model", "limit", "tokens", "exceeded",
            "organization", "max_completion_tokens", "gpt-4o", "internationalization", "response",
        ]
        for _ in 0..<400 {
            let sentence = (0..<12).map { _ in words.randomElement(using: &random) ?? "" }
                .joined(separator: " ")
            #expect(Redaction.scrub(sentence) == sentence)
        }
    }

    @Test("a cut never leaves half a secret")
    func cut() {
        let key = "sk-proj-Abc123Def456Ghi789"
        #expect(Redaction.scrub("\(key) and more", limit: 12) == "[redacted] …")
        let long = String(repeating: "x ", count: Redaction.scannedBytes / 2 - 4) + key
        #expect(!Redaction.scrub(long).contains("sk-proj"))
        #expect(Redaction.scrub("short", limit: 5) == "short")
    }

    @Test("an API key never prints")
    func key() {
        let key = APIKey("sk-proj-abc")
        #expect("\(key)" == "[redacted]" && String(reflecting: key) == "[redacted]")
        #expect(APIKey(" sk-1\n").value() == "sk-1")
        #expect(APIKey("a\r\nX-Evil: 1").value() == nil)
        #expect(APIKey(reading: { nil }).value() == nil)
    }

    private struct Xorshift: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
