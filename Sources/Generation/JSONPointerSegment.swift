/// One segment of a JSON Pointer (RFC 6901): `~1` stands for a slash, `~0` for a tilde.
enum JSONPointerSegment {
    static func decoded(_ segment: Substring) -> String {
        var text = ""
        var escaped = false
        for character in segment {
            if escaped {
                text.append(character == "1" ? "/" : "~")
                escaped = false
            } else if character == "~" {
                escaped = true
            } else {
                text.append(character)
            }
        }
        return text
    }
}
