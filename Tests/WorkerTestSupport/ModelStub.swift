import Foundation
import HTTP
import JSON
import TestSupport

/// A running `model-stub`.
public struct ModelStub: Sendable {
    /// `http://HOST:PORT`
    public let address: String
    private let process: TestProcess
    private let http: HTTPClient

    static func start(_ options: [String]) async throws -> ModelStub {
        let process = try TestProcess(
            Binary.path("model-stub"), ["--die-with-parent"] + options)
        let line = try await process.waitForLine(containing: "listening on ")
        return ModelStub(
            address: String(line.split(separator: " ").last ?? ""), process: process,
            http: HTTPClient(loop: TestDatabase.loop))
    }

    func end() { process.terminate(SIGKILL) }

    /// Replaces the script.
    public func script(_ replies: [JSONValue]) async throws {
        let script: JSONValue = ["replies": .array(replies)]
        let response = try await http.send(
            HTTPRequest(
                method: "POST", url: address + "/stub/script", body: script.serializedBytes))
        guard response.status == 200 else {
            throw SceneError(
                description: "script refused: \(String(decoding: response.body, as: UTF8.self))")
        }
    }

    /// Replies with a fault to a model's first calls, or to all.
    public static func fault(_ fault: String, model: String, times: Int? = nil) -> JSONValue {
        var entry: JSONValue = [
            "match": ["model": .string(model)], "fault": .string(fault),
        ]
        if let times { entry["times"] = JSONValue(times) }
        return entry
    }

    /// The log of requests: `total`, `inFlight`, `byPath`, `recent` ….
    public func requests() async throws -> JSONValue {
        let response = try await http.send(
            HTTPRequest(method: "GET", url: address + "/stub/requests"))
        return try JSONValue(parsing: response.body)
    }

    /// The newest requests for a model's completions.
    public func calls(of model: String) async throws -> [JSONValue] {
        (try await requests()["recent"]?.arrayValue ?? [])
            .filter { $0["model"] == .string(model) }
    }
}
