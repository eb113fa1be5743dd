/// What changes while the stub runs.
struct StubState {
    var script: Script
    var log = RequestLog()
    var tools = ToolSide()
    var background = BackgroundResponses()
    var limiter: RateLimiter?
    private var generator: SeededGenerator

    init(script: Script, settings: StubSettings) {
        self.script = script
        limiter = settings.requestsPerMinute.map {
            RateLimiter(requestsPerMinute: $0, form: settings.limitForm)
        }
        generator = SeededGenerator(seed: settings.seed)
    }

    /// The fault of `--fault` for the next request to the model.
    mutating func rolledFault(_ settings: StubSettings) -> Fault? {
        guard let fault = settings.fault else { return nil }
        if settings.faultRate >= 1 { return fault }
        return Double.random(in: 0..<1, using: &generator) < settings.faultRate ? fault : nil
    }
}
