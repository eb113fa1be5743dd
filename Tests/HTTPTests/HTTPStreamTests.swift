import Glibc
import HTTPTestSupport
import Testing

@testable import HTTP

@Suite("HTTP streams")
struct HTTPStreamTests {
    let client = Fixture.client()

    static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test("the head comes before the body, and pieces as they are sent")
    func pieces() async throws {
        let mayGoOn = Barrier(count: 2)
        let server = try RawServer.answering { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n")
            connection.send("3\r\none\r\n")
            mayGoOn.arriveAndWait()
            connection.send("3\r\ntwo\r\n0\r\n\r\n")
        }
        let response = try await client.stream(HTTPRequest(method: "GET", url: server.url))
        #expect(response.status == 200)
        #expect(response.headers["x-a"] == "b")
        var iterator = response.body.makeAsyncIterator()
        #expect(try await iterator.next() == Array("one".utf8))
        mayGoOn.arriveAndWait()
        #expect(try await iterator.next() == Array("two".utf8))
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
        _ = try await client.send(HTTPRequest(method: "HEAD", url: server.url)).status
        #expect(server.connections == 1)
    }

    @Test("a body that is cut throws after its last bytes, and does not just end")
    func truncated() async throws {
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            connection.send(Self.chunkedHead + "3\r\none\r\n")
        }
        let response = try await client.stream(HTTPRequest(method: "GET", url: server.url))
        var bytes: [UInt8] = []
        let error = await #expect(throws: HTTPError.self) {
            for try await piece in response.body { bytes += piece }
        }
        #expect(error?.code == .truncated)
        #expect(bytes == Array("one".utf8))
    }

    @Test("a server that hangs before the head fails the stream call itself")
    func noHead() async throws {
        let (server, left) = try HTTPLimitTests.silent(after: "")
        var request = HTTPRequest(method: "GET", url: server.url)
        request.idleTimeout = .milliseconds(100)
        let error = await #expect(throws: HTTPError.self) { try await client.stream(request) }
        #expect(error?.deadline == .idle)
        try await left.wait(for: "the client to leave")
    }

    @Test("silence inside a body throws from the body")
    func silence() async throws {
        let (server, left) = try HTTPLimitTests.silent(after: Self.chunkedHead + "3\r\none\r\n")
        var request = HTTPRequest(method: "GET", url: server.url)
        request.idleTimeout = .milliseconds(1500)
        let response = try await client.stream(request)
        var iterator = response.body.makeAsyncIterator()
        #expect(try await iterator.next() == Array("one".utf8))
        let error = await #expect(throws: HTTPError.self) { try await iterator.next() }
        #expect(error?.deadline == .idle)
        try await left.wait(for: "the client to leave")
    }

    @Test(
        "a reader that does not read holds the server back, and may do so beyond the idle deadline")
    func backPressure() async throws {
        let total = 64 << 20
        let sent = Counter()
        let stalled = Signal()
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = (0..<(64 << 10)).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
            var patience = timeval(tv_sec: 1, tv_usec: 200_000)
            setsockopt(
                connection.descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience,
                socklen_t(MemoryLayout<timeval>.size))
            var remaining = total
            while remaining > 0 {
                let before = connection.bytesSent
                let offset = (total - remaining) % piece.count
                let isSent = connection.send(Array(piece[offset...].prefix(remaining)))
                remaining -= connection.bytesSent - before
                sent.set(connection.bytesSent)
                if !isSent {
                    guard errno == EAGAIN || errno == EWOULDBLOCK else { return }
                    stalled.fire()
                }
            }
        }
        var request = HTTPRequest(method: "GET", url: server.url)
        request.maxBodyBytes = total
        request.idleTimeout = .milliseconds(1000)
        let response = try await client.stream(request)
        // Nothing is read: the server must come to a standstill.
        try await stalled.wait(for: "the server to be held back")
        // Two socket buffers, some 6 MB on Linux with automatic sizes, and our 64 KB.
        #expect(sent.value < total / 3)
        var count = 0
        var isIntact = true
        for try await piece in response.body {
            for index in stride(from: 0, to: piece.count, by: 4097) {
                let at = (count + index) % (64 << 10)
                if piece[index] != UInt8(truncatingIfNeeded: at ^ at >> 8) { isIntact = false }
            }
            count += piece.count
        }
        #expect(count == total)
        #expect(isIntact)
    }

    @Test("an abandoned stream closes the server's socket")
    func abandoned() async throws {
        let (server, left) = try HTTPLimitTests.silent(after: Self.chunkedHead + "3\r\none\r\n")
        do {
            let response = try await client.stream(HTTPRequest(method: "GET", url: server.url))
            for try await piece in response.body {
                #expect(piece == Array("one".utf8))
                break
            }
        }
        try await left.wait(for: "the client to leave")
    }

    @Test("cancelling a waiting reader ends the transfer")
    func cancelledReader() async throws {
        let (server, left) = try HTTPLimitTests.silent(after: Self.chunkedHead + "3\r\none\r\n")
        let response = try await client.stream(HTTPRequest(method: "GET", url: server.url))
        let gotOne = Signal()
        let task = Task {
            do {
                for try await _ in response.body { gotOne.fire() }
                return HTTPError.Code?.none
            } catch {
                return (error as? HTTPError)?.code
            }
        }
        try await gotOne.wait(for: "the first piece")
        task.cancel()
        #expect(await task.value == .cancelled)
        try await left.wait(for: "the client to leave")
        _ = response
    }

    @Test("a stream outlives the client value that opened it")
    func clientDropped() async throws {
        let server = try RawServer.answering { _, connection in
            connection.send(Self.chunkedHead + "3\r\none\r\n")
            connection.send("3\r\ntwo\r\n0\r\n\r\n")
        }
        let response = try await Fixture.client().stream(
            HTTPRequest(method: "GET", url: server.url))
        var bytes: [UInt8] = []
        for try await piece in response.body { bytes += piece }
        #expect(bytes == Array("onetwo".utf8))
    }

    @Test("a streamed body is limited too")
    func limited() async throws {
        let server = try RawServer.answering { _, connection in
            connection.send(Self.chunkedHead + "A\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n")
        }
        var request = HTTPRequest(method: "GET", url: server.url)
        request.maxBodyBytes = 15
        let response = try await client.stream(request)
        let error = await #expect(throws: HTTPError.self) {
            for try await _ in response.body {}
        }
        #expect(error?.code == .bodyTooLarge)
    }

    @Test("100 streams read side by side all arrive")
    func manyStreams() async throws {
        let server = try RawServer.answering { request, connection in
            connection.send(Self.chunkedHead)
            for index in 0..<50 { connection.send("6\r\n\(100_000 + index)\r\n") }
            connection.send("0\r\n\r\n")
        }
        let url = server.url
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask { [client] in
                    let response = try await client.stream(HTTPRequest(method: "GET", url: url))
                    var count = 0
                    for try await piece in response.body { count += piece.count }
                    return count
                }
            }
            for try await count in group { #expect(count == 300) }
        }
    }
}
