/// How far a bulk enqueue is, on a terminal; silent elsewhere.
struct ProgressBar: Sendable {
    static let width = 30

    /// Bytes of the file; nil when unknown.
    let total: Int?

    func show(_ bytes: Int) {
        guard Terminal.showsProgress else { return }
        guard let total, total > 0 else { return Terminal.progress("\(bytes / 1024) KiB") }
        let share = min(1, Double(bytes) / Double(total))
        let done = Int(share * Double(Self.width))
        let bar =
            String(repeating: "#", count: done) + String(repeating: ".", count: Self.width - done)
        Terminal.progress("[\(bar)] \(Int(share * 100)) %")
    }

    /// Clears the line.
    func finish() {
        if Terminal.showsProgress { Terminal.progress("") }
    }
}
