/// Measures the contestants of a scenario turn by turn, so that what else the machine does meets
/// all alike.
struct Tournament: Sendable {
    let bench: Bench
    let repetitions: Int

    func run(_ scenario: any Scenario) async throws -> ScenarioOutcome {
        bench.say("\(scenario.number) \(scenario.name): \(scenario.title)")
        let contest = try await scenario.contest(bench)
        var samples: [String: [Sample?]] = [:]
        var failures: [String: String] = [:]
        let turns = repetitions * contest.turns
        for turn in 0..<turns {
            // Each is first once: what the one before left behind is nobody's fixed lot.
            let order = contest.contestants.indices.map {
                contest.contestants[($0 + turn) % contest.contestants.count]
            }
            for contestant in order {
                do {
                    let sample = try await contestant.measure()
                    samples[contestant.name, default: []].append(sample)
                    bench.say(
                        "  \(turn + 1)/\(turns) \(contestant.name): \(sample.summary)")
                } catch {
                    samples[contestant.name, default: []].append(nil)
                    failures[contestant.name] = failures[contestant.name] ?? "\(error)"
                    bench.say("  \(turn + 1)/\(turns) \(contestant.name): \(error)")
                }
            }
        }
        await contest.finish()
        return ScenarioOutcome(
            number: scenario.number, name: scenario.name, title: scenario.title,
            contestants: contest.contestants.map(\.name), samples: samples, failures: failures,
            goals: contest.goals, notes: contest.notes, absent: contest.absent)
    }
}

extension Sample {
    /// One line of progress.
    fileprivate var summary: String {
        Figure.allCases.compactMap { figure in
            self[figure].map { "\(NumberText.short($0)) \(figure.heading)" }
        }.joined(separator: ", ")
    }
}
