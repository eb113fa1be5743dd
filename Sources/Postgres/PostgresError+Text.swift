extension PostgresError {
    /// libpq's messages run over several lines, the later ones advice.
    static func firstLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "connection lost"
    }

    /// The same error with another verdict on the outcome.
    func with(code: Code? = nil, message: String? = nil, outcomeUnknown: Bool) -> PostgresError {
        PostgresError(
            code ?? self.code, message ?? self.message, hint: hint, context: context,
            constraint: constraint, outcomeUnknown: outcomeUnknown)
    }
}
