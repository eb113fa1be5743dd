import EventLoop
import Foundation
import HTTP
import Synchronization
import TestSupport

/// A LiteLLM proxy from PyPI with mock models, installed into an environment of its own in the
/// temporary directory, where the next run finds it again. Started once for all its tests.
actor LiteLLMProxy {
    /// The key the proxy is given.
    static let key = "sk-litellm-canary-0123456789"

    /// A proxy that answers.
    struct Running: Sendable {
        let address: String
        let process: TestProcess
    }

    /// Why there is none.
    struct Unavailable: Error, CustomStringConvertible {
        let description: String
    }

    /// The version the tests were written against.
    private static let package = "litellm[proxy]==1.106.2"
    private static let installLimit: Duration = .seconds(180)
    private static let startLimit: Duration = .seconds(120)

    private var start: Task<Running, any Error>?

    /// The address of the proxy; nil, with the reason printed, when it cannot be had.
    func address() async -> String? {
        let start = start ?? Task { try await Self.start() }
        self.start = start
        do {
            return try await start.value.address
        } catch {
            print("skipped: LiteLLM cannot be had: \(error)")
            return nil
        }
    }

    private static func start() async throws -> Running {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "agent-worker-litellm").path
        try await install(into: directory)
        let config = directory + "/config.yaml"
        try models.write(toFile: config, atomically: true, encoding: .utf8)
        let port = try freePorts(1)[0]
        let process = try TestProcess(
            "/bin/sh",
            [
                "-c", untilParentEnds, "sh", "\(ProcessInfo.processInfo.processIdentifier)",
                directory + "/bin/litellm", "--config", config, "--host", "127.0.0.1", "--port",
                "\(port)", "--telemetry", "False",
            ],
            environment: ["LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_COLOR": "1"])
        try await process.waitForLine(
            containing: "Application startup complete", timeout: startLimit)
        // The socket is opened after that line.
        try await process.waitForLine(containing: "running on", timeout: startLimit)
        return Running(address: "http://127.0.0.1:\(port)", process: process)
    }

    /// Runs a command for as long as the process of that id, the tests', runs. One that ended and
    /// was not waited for (Z) does not: whoever started it may wait for the end of its output first,
    /// which the command may hold open.
    private static let untilParentEnds = """
        parent=$1; shift; "$@" & child=$!
        while read -r _ _ state _ <"/proc/$parent/stat" && [ "$state" != Z ] && kill -0 "$child"
        do sleep 1; done 2>/dev/null
        kill -9 "$child"
        """

    private static func install(into directory: String) async throws {
        let installed = directory + "/installed"
        if FileManager.default.fileExists(atPath: installed) { return }
        let script = """
            rm -rf "$1" && python3 -m venv "$1" \
            && "$1/bin/pip" install --quiet --disable-pip-version-check "$2" && touch "$1/installed"
            """
        let pip = try TestProcess("/bin/sh", ["-c", script, "sh", directory, package])
        do {
            guard try await pip.waitForExit(timeout: installLimit) == .code(0) else {
                throw Unavailable(description: "pip failed: \(pip.stderr.suffix(300))")
            }
        } catch let error as TimedOut {
            pip.terminate(SIGKILL)
            throw Unavailable(
                description: "pip had not ended after \(installLimit): \(error)")
        }
    }

    /// The mock models: a whole body with exact usage, words, and the failures it can play.
    private static let models = """
        model_list:
          - model_name: exact-usage
            litellm_params:
              model: openai/gpt-4o
              api_key: none
              mock_response: {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, \
        "model": "gpt-4o-2024-08-06", "choices": [{"index": 0, "finish_reason": "stop", \
        "message": {"role": "assistant", "content": "Four."}}], "usage": {"prompt_tokens": 1200, \
        "completion_tokens": 300, "total_tokens": 1500, \
        "prompt_tokens_details": {"cached_tokens": 1024}}}
        \(mock("words", "Hello from the mock model"))
        \(mock("rate-limited", "litellm.RateLimitError"))
        \(mock("too-long", "litellm.ContextWindowExceededError"))
        \(mock("filtered", "Exception: content_filter_policy"))
        \(mock("broken", "litellm.InternalServerError"))
        \(mock("midstream", "Exception: mock_streaming_error"))
        litellm_settings: {num_retries: 0}
        router_settings: {disable_cooldowns: true}
        general_settings: {master_key: \(key)}
        """

    private static func mock(_ name: String, _ response: String) -> String {
        """
          - model_name: \(name)
            litellm_params: {model: openai/gpt-4o, api_key: none, mock_response: "\(response)"}
        """
    }
}
