import Glibc

/// The process's own streams. Results go to standard output, everything else to standard error.
enum Terminal {
    static func output(_ line: String) { write(line, to: 1) }

    static func error(_ line: String) { write(line, to: 2) }

    /// Overwrites the current line of a terminal.
    static func progress(_ line: String) { send("\r\u{1B}[K" + line, to: 2) }

    /// Whether standard error is a terminal, where a progress bar makes sense.
    static var showsProgress: Bool { isatty(2) == 1 }

    private static func write(_ line: String, to descriptor: Int32) {
        send(clean(line) + "\n", to: descriptor)
    }

    /// What a model or a user wrote must not steer the terminal: control characters other than line
    /// feed and tab are shown as `?`.
    private static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    ($0.value < 0x20 && $0 != "\n" && $0 != "\t")
                        || (0x7F...0x9F).contains($0.value)
                        ? "?" : $0
                }))
    }

    private static func send(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
