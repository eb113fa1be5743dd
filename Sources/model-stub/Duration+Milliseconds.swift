extension Duration {
    /// Whole milliseconds, rounded down.
    var wholeMilliseconds: Int { Int(self / .milliseconds(1)) }
}
