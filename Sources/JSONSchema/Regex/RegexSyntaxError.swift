/// Why a pattern is not a regular expression of ECMA-262 that this module can run.
struct RegexSyntaxError: Error {
    let message: String
    /// In Unicode scalars from the start of the pattern.
    let offset: Int
}
