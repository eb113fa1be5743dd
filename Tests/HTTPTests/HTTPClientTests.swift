import EventLoop
import Glibc
import HTTPTestSupport
import Testing

@testable import HTTP

@Suite("HTTP client")
struct HTTPClientTests {
    let client = Fixture.client()

    @Test("a response comes with status, headers and body")
    func plainResponse() async throws {
        let server = try RawServer.answering { request, connection in
            connection.respond("201 Created", headers: "X-One: 1\r\nx-one: 2\r\n", body: "hello")
        }
        let response = try await client.send(HTTPRequest(method: "GET", url: server.url + "/a?b=c"))
        #expect(response.status == 201)
        #expect(Fixture.text(response) == "hello")
        #expect(response.headers["X-ONE"] == "1")
        #expect(response.headers.all("x-one") == ["1", "2"])
        #expect(response.duration > .zero)
        let head = try #require(server.requests.first).head
        #expect(head.hasPrefix("GET /a?b=c HTTP/1.1\r\n"))
        #expect(head.contains("User-Agent: agent-worker\r\n"))
        #expect(!head.lowercased().contains("accept-encoding"))
    }

    @Test("a request carries its own headers, empty ones included, and no invented ones")
    func requestHeaders() async throws {
        let server = try RawServer.answering { request, connection in
            connection.respond(body: request.head)
        }
        let request = HTTPRequest(
            method: "POST", url: server.url,
            headers: ["X-Key": "a: b", "X-Empty": "", "User-Agent": "test", "Host": "example.org"],
            body: Array("{}".utf8))
        let head = Fixture.text(try await client.send(request))
        #expect(head.contains("X-Key: a: b\r\n"))
        #expect(head.contains("X-Empty:\r\n"))
        #expect(head.contains("User-Agent: test\r\n"))
        #expect(head.contains("Host: example.org\r\n"))
        #expect(head.contains("Content-Length: 2\r\n"))
        #expect(!head.contains("Content-Type"))
        #expect(!head.contains("Expect"))
    }

    @Test(
        "methods are sent as written, with and without a body",
        arguments: [
            ("GET", nil), ("GET", "x"), ("POST", nil), ("POST", ""), ("POST", "abc"),
            ("PUT", "abc"), ("PATCH", "abc"), ("DELETE", nil), ("DELETE", "abc"),
            ("PURGE", nil), ("OPTIONS", nil),
        ] as [(String, String?)])
    func methods(method: String, body: String?) async throws {
        let server = try RawServer.answering { request, connection in
            connection.respond(
                body: "\(request.method) \(String(decoding: request.body, as: UTF8.self))")
        }
        let request = HTTPRequest(
            method: method, url: server.url, body: body.map { Array($0.utf8) })
        let response = try await client.send(request)
        #expect(Fixture.text(response) == "\(method) \(body ?? "")")
        let hasLength = server.requests[0].head.contains("Content-Length: ")
        #expect(hasLength == (body != nil))
    }

    @Test("a HEAD response has the length of a body but none")
    func head() async throws {
        let server = try RawServer.answering { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        }
        for _ in 0..<2 {
            let response = try await client.send(HTTPRequest(method: "HEAD", url: server.url))
            #expect(response.body.isEmpty)
            #expect(response.headers["content-length"] == "1000000000")
        }
        #expect(server.connections == 1)
    }

    @Test("a large body is sent whole and without waiting for 100 Continue")
    func largePost() async throws {
        let server = try RawServer.answering { request, connection in
            let sum = request.body.reduce(into: UInt64(0)) { $0 = $0 &* 31 &+ UInt64($1) }
            connection.respond(body: "\(request.body.count) \(sum)")
        }
        let body = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
        let sum = body.reduce(into: UInt64(0)) { $0 = $0 &* 31 &+ UInt64($1) }
        let response = try await client.send(
            HTTPRequest(method: "POST", url: server.url, body: body))
        #expect(Fixture.text(response) == "\(body.count) \(sum)")
    }

    @Test("requests one after the other share a connection")
    func reuse() async throws {
        let server = try RawServer.answering { _, connection in connection.respond() }
        for index in 0..<20 {
            let body = index.isMultiple(of: 2) ? Array("x".utf8) : nil
            _ = try await client.send(
                HTTPRequest(method: body == nil ? "GET" : "POST", url: server.url, body: body))
        }
        #expect(server.connections == 1)
        #expect(server.requests.count == 20)
    }

    @Test("500 requests are in flight at once")
    func manyAtOnce() async throws {
        let everybodyIsHere = Barrier(count: 500)
        let server = try RawServer.answering { request, connection in
            everybodyIsHere.arriveAndWait()
            connection.respond(body: request.path)
        }
        let url = server.url
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<500 {
                group.addTask { [client] in
                    let response = try await client.send(
                        HTTPRequest(method: "GET", url: "\(url)/\(index)"))
                    return Fixture.text(response)
                }
            }
            var answers: Set<String> = []
            for try await answer in group { answers.insert(answer) }
            return answers
        }
        #expect(answers.count == 500)
        #expect(server.connections == 500)
    }

    @Test("requests beyond the bound on connections wait for one")
    func boundedConnections() async throws {
        let client = Fixture.client { $0.maxPerHost = 3 }
        let server = try RawServer.answering { _, connection in connection.respond() }
        let url = server.url
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    try await client.send(HTTPRequest(method: "GET", url: url)).status
                }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.connections <= 3)
        #expect(server.requests.count == 60)
    }

    @Test("a cancelled task leaves at once and the server's socket closes")
    func cancellation() async throws {
        let arrived = Signal()
        let closed = Signal()
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            arrived.fire()
            connection.waitForClose()
            closed.fire()
        }
        let request = HTTPRequest(method: "POST", url: server.url, body: [1, 2, 3])
        let task = Task { [client] in await Fixture.failure(client, request) }
        try await arrived.wait(for: "the request")
        task.cancel()
        try await closed.wait(for: "the client to close its socket")
        let error = try #require(await task.value)
        #expect(error.code == .cancelled)
        #expect(error.mayHaveBeenSent)
    }

    @Test("a task that is cancelled before it sends connects to nobody")
    func cancelledBefore() async throws {
        let server = try RawServer.answering { _, connection in connection.respond() }
        let request = HTTPRequest(method: "GET", url: server.url)
        let task = Task { [client] in
            withUnsafeCurrentTask { $0?.cancel() }
            return await Fixture.failure(client, request)
        }
        let error = try #require(await task.value)
        #expect(error.code == .cancelled)
        #expect(!error.mayHaveBeenSent)
        #expect(server.connections == 0)
    }

    @Test("shutdown ends requests in flight and refuses later ones")
    func shutdown() async throws {
        let client = Fixture.client()
        let arrived = Signal()
        let closed = Signal()
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            arrived.fire()
            connection.waitForClose()
            closed.fire()
        }
        let request = HTTPRequest(method: "GET", url: server.url)
        let task = Task { await Fixture.failure(client, request) }
        try await arrived.wait(for: "the request")
        await client.shutdown()
        let error = try #require(await task.value)
        #expect(error.code == .shutdown)
        #expect(error.mayHaveBeenSent)
        try await closed.wait(for: "the client to close its socket")
        #expect(await Fixture.failure(client, request)?.code == .shutdown)
        await client.shutdown()
    }

    @Test("a dropped client closes its idle connections")
    func droppedClient() async throws {
        let closed = Signal()
        let server = try RawServer { connection, server in
            while server.next(connection) != nil { connection.respond() }
            closed.fire()
        }
        var client: HTTPClient? = Fixture.client()
        _ = try await client?.send(HTTPRequest(method: "GET", url: server.url))
        client = nil
        try await closed.wait(for: "the idle connection to close")
    }

    @Test("a proxy in the environment is not used")
    func noProxy() async throws {
        // In a process of its own, because the environment belongs to all threads.
        await #expect(processExitsWith: .success) {
            // Nobody listens on port 1.
            for name in ["http_proxy", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:1", 1)
            }
            let server = try RawServer.answering { _, connection in connection.respond() }
            let response = try await Fixture.client().send(
                HTTPRequest(method: "GET", url: server.url))
            #expect(response.status == 200)
        }
    }
}
