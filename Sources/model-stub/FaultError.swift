/// A fault that cannot be read.
struct FaultError: Error, CustomStringConvertible {
    /// What was given.
    let text: String
    /// What is wrong with it.
    let reason: String

    var description: String { "fault \"\(text)\": \(reason)" }
}
