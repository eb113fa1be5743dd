import JSON
import TestSupport

/// How a program ended and what it wrote.
public struct ProgramEnd: Sendable {
    public let exit: TestProcess.Exit
    /// Its standard output.
    public let output: String
    /// Its standard error.
    public let errors: String

    /// The output as one JSON value; null when it is none.
    public var json: JSONValue { (try? JSONValue(parsing: output)) ?? .null }

    /// The output without the end of its last line.
    public var line: String { String(output.dropLast(output.hasSuffix("\n") ? 1 : 0)) }

    /// The output as a number: a bare id, or a count.
    public var number: Int64? { Int64(line) }
}
