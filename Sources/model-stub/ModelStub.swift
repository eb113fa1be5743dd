import ArgumentParser
import Glibc

/// `model-stub`: a model provider on this machine for the quick start, tests and benchmarks.
///
/// It speaks to the sockets through SwiftNIO itself and writes its replies as bytes, because most
/// of the faults it is asked for (wrong lengths, cut chunks, resets) lie below what an HTTP server
/// framework lets one say.
@main
struct ModelStub: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model-stub",
        abstract: "A local model provider (OpenAI, Anthropic) with scripted replies and faults.",
        discussion: Help.discussion)

    @Option(help: "Where to listen, HOST:PORT. Port 0 lets the kernel choose.")
    var listen = ListenAddress(host: "127.0.0.1", port: 0)

    @Option(help: "A file of scripted replies; the form is described above.")
    var script: String?

    @Option(help: "Time before each reply of the model, as 50ms or 1.5s.")
    var latency: LatencyArgument?

    @Option(help: "A fault for requests to the model that name no other, as NAME or NAME:NUMBER.")
    var fault: Fault?

    @Option(help: "The share of requests that --fault strikes, 0 to 1.")
    var faultRate = 1.0

    @Option(help: "Fixes which requests --fault-rate picks.")
    var seed: UInt64 = 1

    @Option(help: "Answer 429 beyond so many requests to the model a minute.")
    var rpm: Int?

    @Option(help: "How --rpm counts the minute: a bucket refilled evenly, or a sliding window.")
    var rpmForm = RateLimiter.Form.bucket

    @Flag(help: "End when the process that started this one does.")
    var dieWithParent = false

    func validate() throws {
        guard (0...1).contains(faultRate) else {
            throw ValidationError("--fault-rate is between 0 and 1")
        }
        guard rpm ?? 1 > 0 else { throw ValidationError("--rpm is at least 1") }
    }

    func run() throws {
        let parent = dieWithParent ? getppid() : nil
        var stop = StopSignal()
        let settings = StubSettings(
            latency: latency?.duration ?? .zero, fault: fault, faultRate: faultRate, seed: seed,
            requestsPerMinute: rpm, limitForm: rpmForm)
        let rules = try script.map { try Script(text: FileBytes.read($0)) } ?? Script()
        let server = try Server(
            listeningOn: listen, stub: Stub(settings: settings, script: rules))
        let host = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
        print("model-stub listening on http://\(host):\(server.port)")
        fflush(nil)
        stop.wait(orDeathOf: parent)
    }
}
