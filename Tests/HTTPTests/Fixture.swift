import EventLoop

@testable import HTTP

/// One loop for all tests: as in the worker, many clients share it.
enum Fixture {
    static let loop = EventLoop(name: "http-tests")

    static func client(
        _ change: (inout HTTPClientConfiguration) -> Void = { _ in }
    ) -> HTTPClient {
        var configuration = HTTPClientConfiguration()
        change(&configuration)
        return HTTPClient(loop: loop, configuration: configuration)
    }

    static func text(_ response: HTTPResponse) -> String {
        String(decoding: response.body, as: UTF8.self)
    }

    /// The error a request ends with; nil when it succeeds.
    static func failure(_ client: HTTPClient, _ request: HTTPRequest) async -> HTTPError? {
        do {
            _ = try await client.send(request)
            return nil
        } catch {
            return error
        }
    }
}
