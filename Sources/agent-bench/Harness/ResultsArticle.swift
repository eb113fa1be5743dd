import FoundationEssentials

/// The DocC article that keeps what was measured.
struct ResultsArticle {
    let path: String

    /// Adds a section at its end.
    func append(
        _ outcomes: [ScenarioOutcome], machine: String, scale: Double, repetitions: Int
    ) throws {
        guard let article = ProcessFile.text(path) else {
            throw BenchError("\(path) cannot be read; the article must be there")
        }
        let day = Date.now.formatted(.iso8601.year().month().day())
        let head = """

            ## \(day)

            \(machine). Scale \(NumberText.short(scale)), \(repetitions) repetitions.


            """
        let tables = outcomes.map { OutcomeTable(outcome: $0).markdown }.joined(separator: "\n")
        try Data((article + head + tables).utf8).write(to: URL(filePath: path))
    }
}
