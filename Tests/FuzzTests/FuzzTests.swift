import Foundation
import Testing

/// Every parser of what others wrote, fed with what they never meant. A trap ends the test process,
/// which names the target's last input in the file it says.
@Suite("Fuzzing")
struct FuzzTests {
    static let rounds = 3_000

    @Test(
        "no input of the corpus, and no small change of one, traps a parser",
        arguments: FuzzTarget.all.map(\.name))
    func mutations(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let corpus = try FuzzCorpus.inputs(target)
        #expect(!corpus.isEmpty)
        for input in corpus { target.run(input) }
        // Its seed is fixed: what fails fails again. deploy/fuzz looks further.
        var mutator = Mutator(seed: UInt64(name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
        let path = FileManager.default.temporaryDirectory.path + "/fuzz-\(name)-\(getpid())"
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        defer {
            close(file)
            unlink(path)
        }
        for _ in 0..<Self.rounds {
            let input = mutator.mutate(corpus)
            // Left behind only by a crash.
            ftruncate(file, 0)
            _ = input.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
            target.run(input)
        }
    }
}
