/// An outcome as text: a row per contestant, then the goals.
struct OutcomeTable {
    let outcome: ScenarioOutcome

    /// Columns aligned for a terminal.
    var text: String {
        let rows = self.rows
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
        return ([heading] + lines + remarks.map { "  " + $0 }).joined(separator: "\n") + "\n"
    }

    /// The same for a DocC article.
    var markdown: String {
        let rows = self.rows.map { "| " + $0.joined(separator: " | ") + " |" }
        let rule = "|---" + String(repeating: "|--:", count: self.rows[0].count - 1) + "|"
        return
            (["### \(heading)", "", rows[0], rule] + rows.dropFirst() + [""]
            + remarks.map { "* " + $0 }).joined(separator: "\n") + "\n"
    }

    private var heading: String { "\(outcome.number) \(outcome.name): \(outcome.title)" }

    private var rows: [[String]] {
        let figures = outcome.figures
        let head = [""] + figures.map(\.heading)
        return [head]
            + outcome.contestants.map { contestant in
                [contestant]
                    + figures.map { figure in
                        outcome.statistics(contestant, figure).map(Self.cell) ?? ""
                    }
            }
    }

    private static func cell(_ statistics: Statistics) -> String {
        let median = NumberText.short(statistics.median)
        guard let spread = statistics.spreadPercent, statistics.least != statistics.most else {
            return median
        }
        return "\(median) ±\(NumberText.fixed(spread, 0))%"
    }

    private var remarks: [String] {
        outcome.goals.map { goal in
            switch outcome.verdict(on: goal) {
            case .met(let reached): "met: \(goal.description), reached \(Self.range(reached))"
            case .missed(let reached): "MISSED: \(goal.description), reached \(Self.range(reached))"
            case .notMeasured: "not measured: \(goal.description)"
            }
        }
            + outcome.contestants.compactMap { name in
                outcome.failures[name].map { "failed: \(name): \($0)" }
            }
            + outcome.absent.map { "absent: \($0)" } + outcome.notes
    }

    private static func range(_ statistics: Statistics) -> String {
        let median = NumberText.short(statistics.median)
        if statistics.least == statistics.most { return median }
        return
            "\(median) (\(NumberText.short(statistics.least))…\(NumberText.short(statistics.most)))"
    }
}
