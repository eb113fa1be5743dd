import JSON

extension ScenarioOutcome {
    /// For programs: every value of every repetition, and the verdicts.
    var json: JSONValue {
        [
            "number": .string(number), "name": .string(name), "title": .string(title),
            "contestants": .array(contestants.map(contestantJSON)),
            "goals": .array(goals.map(goalJSON)),
            "absent": .array(absent.map { .string($0) }),
            "notes": .array(notes.map { .string($0) }),
        ]
    }

    private func contestantJSON(_ contestant: String) -> JSONValue {
        var members: JSONObject = ["name": .string(contestant)]
        if let failure = failures[contestant] { members["failure"] = .string(failure) }
        var figures: JSONObject = [:]
        for figure in self.figures {
            guard let statistics = statistics(contestant, figure) else { continue }
            figures[figure.rawValue] = [
                "median": JSONValue(statistics.median), "least": JSONValue(statistics.least),
                "most": JSONValue(statistics.most),
                "values": .array(
                    (samples[contestant] ?? []).map { sample in
                        sample?[figure].map { JSONValue($0) } ?? .null
                    }),
            ]
        }
        members["figures"] = .object(figures)
        return .object(members)
    }

    private func goalJSON(_ goal: Goal) -> JSONValue {
        let (word, reached): (String, Statistics?) =
            switch verdict(on: goal) {
            case .met(let statistics): ("met", statistics)
            case .missed(let statistics): ("missed", statistics)
            case .notMeasured: ("not measured", nil)
            }
        return [
            "goal": .string(goal.description), "verdict": .string(word),
            "median": reached.map { JSONValue($0.median) } ?? .null,
            "least": reached.map { JSONValue($0.least) } ?? .null,
            "most": reached.map { JSONValue($0.most) } ?? .null,
        ]
    }
}
