import ArgumentParser
import EventLoop
import FoundationEssentials
import Glibc
import JSON
import UnixSignals

struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measure scenarios (the default).")

    @Option(help: "URL of a PostgreSQL server of this machine that does nothing else.")
    var server: String

    @Option(help: "A scenario by name or number; may be given again. All without it.")
    var scenario: [String] = []

    @Option(help: "Sizes as a share of the full ones: 0.01 for a look whether it works.")
    var scale = 1.0

    @Option(help: "How often each contestant is measured.")
    var repetitions = 3

    @Option(help: "So many processes that do nothing but use the processor, meanwhile.")
    var load = 0

    @Flag(help: "Print JSON instead of tables.")
    var json = false

    @Option(help: "A DocC article to which the tables are appended, under today's date.")
    var results: String?

    @Option(help: "Directory of our programs; that of this one without it.")
    var bin: String?

    @Option(help: "The Python that peers are installed with.")
    var python: String?

    func validate() throws {
        guard scale > 0, scale <= 10 else {
            throw ValidationError("--scale: more than 0, up to 10")
        }
        guard (1...100).contains(repetitions) else {
            throw ValidationError("--repetitions: 1 to 100")
        }
        guard (0...64).contains(load) else { throw ValidationError("--load: 0 to 64") }
    }

    func run() async throws {
        let scenarios = try ScenarioCatalog.named(scenario)
        let programs = Programs(
            directory: bin ?? Programs.ownDirectory,
            python: try python ?? Programs.find("python3"))
        try programs.check()
        let files = try ScratchFiles()
        defer { files.remove() }
        let watch = await Self.watchSignals(files)
        defer { watch.cancel() }
        let loop = EventLoop(name: "bench")
        let server = try await BenchServer.connect(server, loop: loop)
        let bench = Bench(
            server: server, loop: loop, scale: scale, programs: programs, files: files)
        let burners = try (0..<load).map { _ in
            try ChildProcess("/bin/sh", ["-c", "while :; do :; done"], files: files)
        }
        defer { for burner in burners { burner.kill() } }
        let machine = Machine.description(load: load)
        var outcomes: [ScenarioOutcome] = []
        for scenario in scenarios {
            let outcome: ScenarioOutcome
            do {
                outcome = try await Tournament(bench: bench, repetitions: repetitions).run(scenario)
            } catch {
                // One that cannot even begin does not cost the others.
                outcome = .unable(scenario, "\(error)")
            }
            outcomes.append(outcome)
            if !json {
                print(OutcomeTable(outcome: outcome).text)
                fflush(nil)
            }
        }
        await server.close()
        if json {
            let run: JSONValue = [
                "machine": .string(machine), "scale": JSONValue(scale),
                "repetitions": JSONValue(repetitions), "scenarios": .array(outcomes.map(\.json)),
            ]
            print(run.serialized)
        }
        if let results {
            try ResultsArticle(path: results).append(
                outcomes, machine: machine, scale: scale, repetitions: repetitions)
        }
        if outcomes.contains(where: { !$0.failures.isEmpty }) { throw ExitCode(1) }
    }
}

extension MeasureCommand {
    /// Ends what was started before ending itself.
    private static func watchSignals(_ files: ScratchFiles) async -> Task<Void, Never> {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        return Task {
            for await _ in signals {
                for pid in ProcessTree(root: getpid()).descendants { kill(pid, SIGKILL) }
                files.remove()
                Glibc.exit(130)
            }
        }
    }
}

extension ScenarioOutcome {
    /// Of a scenario whose preparation failed.
    fileprivate static func unable(_ scenario: any Scenario, _ why: String) -> ScenarioOutcome {
        ScenarioOutcome(
            number: scenario.number, name: scenario.name, title: scenario.title,
            contestants: ["all"], samples: [:], failures: ["all": why], goals: [], notes: [],
            absent: [])
    }
}
