import Glibc
import HTTPTestSupport
import Testing

@testable import HTTP

@Suite("HTTP limits and deadlines")
struct HTTPLimitTests {
    let client = Fixture.client()

    /// A server that sends `head` and then `piece` for ever, and tells how much went out.
    static func endless(
        head: String, piece: String
    ) throws -> (server: RawServer, sent: @Sendable () -> Int, ended: Signal) {
        let counter = Counter()
        let ended = Signal()
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            connection.send(head)
            let piece = Array(piece.utf8)
            while connection.send(piece) { counter.set(connection.bytesSent) }
            ended.fire()
        }
        return (server, { counter.value }, ended)
    }

    @Test("an endless body is stopped at the limit, counted as it arrives")
    func endlessBody() async throws {
        let piece = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        let (server, sent, ended) = try Self.endless(
            head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", piece: piece)
        var request = HTTPRequest(method: "GET", url: server.url)
        request.maxBodyBytes = 1 << 20
        let error = try #require(await Fixture.failure(client, request))
        #expect(error.code == .bodyTooLarge)
        #expect(error.mayHaveBeenSent)
        try await ended.wait(for: "the server to be cut off")
        // What the sockets hold comes on top.
        #expect(sent() < 32 << 20)
    }

    @Test("a body is accepted up to its limit and not a byte beyond", arguments: [99, 100, 101])
    func bodyBoundary(count: Int) async throws {
        let server = try RawServer.answering { request, connection in
            let body = String(repeating: "x", count: count)
            if request.path == "/chunked" {
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                connection.send("\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
            } else {
                connection.respond(body: body)
            }
        }
        for path in ["/chunked", "/length"] {
            var request = HTTPRequest(method: "GET", url: server.url + path)
            request.maxBodyBytes = 100
            let error = await Fixture.failure(client, request)
            #expect(error?.code == (count > 100 ? .bodyTooLarge : nil), "\(path)")
        }
    }

    @Test("endless headers are stopped at the limit")
    func endlessHeaders() async throws {
        let (server, _, ended) = try Self.endless(
            head: "HTTP/1.1 200 OK\r\n", piece: "X-Field: \(String(repeating: "v", count: 990))\r\n"
        )
        let error = try #require(
            await Fixture.failure(client, HTTPRequest(method: "GET", url: server.url)))
        #expect(error.code == .headersTooLarge)
        try await ended.wait(for: "the server to be cut off")
    }

    @Test("a header line without end is stopped")
    func endlessHeaderLine() async throws {
        let (server, _, ended) = try Self.endless(
            head: "HTTP/1.1 200 OK\r\nX-Field: ", piece: String(repeating: "v", count: 1000))
        let error = try #require(
            await Fixture.failure(client, HTTPRequest(method: "GET", url: server.url)))
        #expect(error.code == .headersTooLarge, "\(error)")
        try await ended.wait(for: "the server to be cut off")
    }

    @Test("endless interim responses are stopped at the header limit")
    func endlessInterim() async throws {
        let (server, _, ended) = try Self.endless(
            head: "", piece: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        let error = try #require(
            await Fixture.failure(client, HTTPRequest(method: "GET", url: server.url)))
        #expect(error.code == .headersTooLarge)
        try await ended.wait(for: "the server to be cut off")
    }

    /// A server that stops after `text`, and a signal for the moment the client leaves.
    static func silent(after text: String) throws -> (server: RawServer, left: Signal) {
        let left = Signal()
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            connection.send(text)
            connection.waitForClose()
            left.fire()
        }
        return (server, left)
    }

    @Test(
        "silence ends a request after the idle deadline",
        arguments: [
            "", "HTTP/1.1 200 OK\r\nX: 1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        ])
    func idle(sent: String) async throws {
        let (server, left) = try Self.silent(after: sent)
        var request = HTTPRequest(method: "POST", url: server.url, body: [1])
        request.idleTimeout = .milliseconds(150)
        let started = ContinuousClock.now
        let error = try #require(await Fixture.failure(client, request))
        #expect(error.code == .timeout)
        #expect(error.deadline == .idle)
        #expect(error.mayHaveBeenSent)
        #expect(started.duration(to: .now) >= .milliseconds(150))
        try await left.wait(for: "the client to leave")
    }

    @Test("a slow drip outlives the idle deadline and meets the total one")
    func drip() async throws {
        let left = Signal()
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while connection.send("x") { Pace.pause(milliseconds: 20) }
            left.fire()
        }
        var request = HTTPRequest(method: "GET", url: server.url)
        request.idleTimeout = .seconds(15)
        request.totalTimeout = .seconds(1)
        let started = ContinuousClock.now
        let error = try #require(await Fixture.failure(client, request))
        #expect(error.code == .timeout)
        #expect(error.deadline == .total)
        #expect(started.duration(to: .now) >= .seconds(1))
        try await left.wait(for: "the client to leave")
    }

    @Test("a TLS handshake that is never answered meets the connect deadline; nothing was sent")
    func connectDeadline() async throws {
        let (server, left) = try Self.silent(after: "")
        var request = HTTPRequest(
            method: "POST", url: "https://127.0.0.1:\(server.port)/", body: [1])
        request.connectTimeout = .seconds(1)
        let started = ContinuousClock.now
        let error = try #require(await Fixture.failure(client, request))
        #expect(error.code == .timeout)
        #expect(error.deadline == .connect)
        #expect(!error.mayHaveBeenSent)
        #expect(started.duration(to: .now) >= .seconds(1))
        try await left.wait(for: "the client to leave")
    }

    @Test("the total deadline also ends a connect")
    func totalWhileConnecting() async throws {
        let (server, _) = try Self.silent(after: "")
        var request = HTTPRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/")
        request.totalTimeout = .milliseconds(150)
        let error = try #require(await Fixture.failure(client, request))
        #expect(error.deadline == .total)
        #expect(!error.mayHaveBeenSent)
    }
}
