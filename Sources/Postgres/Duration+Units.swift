extension Duration {
    /// Whole milliseconds, rounded down, within what the server's settings hold.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow else { return Int(Int32.max) }
        return Int(
            min(
                Int64(Int32.max),
                max(0, milliseconds.partialValue + attoseconds / 1_000_000_000_000_000)))
    }

    /// Whole seconds, rounded up.
    var wholeSeconds: Int { (milliseconds + 999) / 1000 }
}
