import Testing

@testable import HTTP

@Suite("HTTP client against faulty servers")
struct HTTPFaultTests {
    /// A way to misbehave, and what the client has to say to it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var code: HTTPError.Code
        var act: @Sendable (RawConnection) -> Void
        var testDescription: String { name }
    }

    static let faults = [
        Fault(name: "a body shorter than announced", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"partial\":")
        },
        Fault(name: "a reset inside the body", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"partial\":")
            $0.reset()
        },
        Fault(name: "chunks without the last one", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        },
        Fault(name: "a chunk that is cut", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500\r\nhello")
        },
        Fault(name: "a reset inside a chunk", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500\r\nhello")
            $0.reset()
        },
        Fault(name: "a chunk size that is none", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n")
        },
        Fault(name: "an empty reply", code: .reset) { _ in },
        Fault(name: "a reset before the reply", code: .reset) { $0.reset() },
        Fault(name: "a status line and no more", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\n")
        },
        Fault(name: "a header section that is cut", code: .truncated) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-")
        },
        Fault(name: "100 Continue and no more", code: .reset) {
            $0.send("HTTP/1.1 100 Continue\r\n\r\n")
        },
        Fault(name: "no status line", code: .protocolError) { $0.send("SSH-2.0-OpenSSH_9.2\r\n") },
        Fault(name: "a body without a header", code: .protocolError) { $0.send("{\"a\":1}\n\n") },
    ]

    @Test("a broken response is an error, never a success", arguments: faults)
    func brokenResponse(fault: Fault) async throws {
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            fault.act(connection)
        }
        let request = HTTPRequest(
            method: "POST", url: server.url + "/v1/chat?key=secret", body: Array("secret".utf8))
        let error = try #require(await Fixture.failure(Fixture.client(), request))
        #expect(error.code == fault.code, "\(error)")
        #expect(error.mayHaveBeenSent)
        #expect(error.message.contains("POST http://127.0.0.1:\(server.port)/v1/chat"))
        #expect(!error.description.contains("secret"))
        #expect(server.requests.count == 1)
    }

    @Test("a chunked body with trailers and an interim response arrives whole")
    func chunked() async throws {
        let server = try RawServer.answering { _, connection in
            connection.send("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n")
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Final: 1\r\n\r\n")
            connection.send("5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n")
        }
        let client = Fixture.client()
        for _ in 0..<2 {
            let response = try await client.send(HTTPRequest(method: "GET", url: server.url))
            #expect(Fixture.text(response) == "hello world")
            #expect(response.headers["X-Interim"] == nil)
            #expect(response.headers["X-Final"] == "1")
            #expect(response.headers["X-Trailer"] == nil)
        }
        #expect(server.connections == 1)
    }

    @Test("a body that is ended by closing the connection arrives")
    func closeDelimited() async throws {
        let server = try RawServer { connection, server in
            _ = server.next(connection)
            connection.send("HTTP/1.0 200 OK\r\n\r\nall of it")
        }
        let response = try await Fixture.client().send(
            HTTPRequest(method: "GET", url: server.url))
        #expect(Fixture.text(response) == "all of it")
    }

    @Test("a redirect is a response and is not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        let server = try RawServer.answering { _, connection in
            connection.respond("\(status) Elsewhere", headers: "Location: /other\r\n")
        }
        let response = try await Fixture.client().send(
            HTTPRequest(method: "POST", url: server.url, body: [1]))
        #expect(response.status == status)
        #expect(response.headers["location"] == "/other")
        #expect(server.requests.count == 1)
    }

    @Test("a compressed body is left as it is", arguments: ["Content-Encoding", "X-Other"])
    func compressed(header: String) async throws {
        let server = try RawServer.answering { _, connection in
            connection.respond(headers: "\(header): gzip\r\n", body: "not gzip at all")
        }
        let response = try await Fixture.client().send(
            HTTPRequest(method: "GET", url: server.url, headers: ["Accept-Encoding": "gzip"]))
        #expect(Fixture.text(response) == "not gzip at all")
    }

    @Test(
        "a model call whose reused connection dies is not sent a second time",
        arguments: [3, EasyHandle.largestCopy, EasyHandle.largestCopy + 1, 1 << 20])
    func noSilentRepeat(size: Int) async throws {
        let server = try RawServer { connection, server in
            guard server.next(connection) != nil else { return }
            connection.respond()
            // The second request on the connection is read, and its connection dropped.
            _ = server.next(connection)
        }
        let client = Fixture.client()
        let body = [UInt8](repeating: 0x70, count: size)
        let request = HTTPRequest(method: "POST", url: server.url, body: body)
        _ = try await client.send(request)
        let error = try #require(await Fixture.failure(client, request))
        #expect(server.requests.allSatisfy { $0.body == body })
        #expect(error.code == .reset)
        #expect(error.mayHaveBeenSent)
        #expect(server.requests.count == 2)
    }

    @Test("a POST without a body takes a new connection, so it can't be repeated unnoticed either")
    func noSilentRepeatWithoutBody() async throws {
        let server = try RawServer { connection, server in
            guard let request = server.next(connection), request.method == "GET" else { return }
            connection.respond()
            _ = server.next(connection)
        }
        let client = Fixture.client()
        _ = try await client.send(HTTPRequest(method: "GET", url: server.url))
        let error = await Fixture.failure(client, HTTPRequest(method: "POST", url: server.url))
        #expect(error?.code == .reset)
        #expect(server.requests.map(\.method) == ["GET", "POST"])
    }

    @Test("a GET whose reused connection dies is repeated on a new one")
    func repeatedGet() async throws {
        let server = try RawServer { connection, server in
            guard server.next(connection) != nil else { return }
            connection.respond()
            _ = server.next(connection)
        }
        let client = Fixture.client()
        let request = HTTPRequest(method: "GET", url: server.url)
        for _ in 0..<2 { #expect(try await client.send(request).status == 200) }
        #expect(server.connections == 2)
    }

    @Test("nobody listening is a connect error, and nothing was sent")
    func refused() async throws {
        let closedPort = try RawServer { _, _ in }.port
        let error = try #require(
            await Fixture.failure(
                Fixture.client(),
                HTTPRequest(method: "POST", url: "http://127.0.0.1:\(closedPort)", body: [1])))
        #expect(error.code == .connect)
        #expect(!error.mayHaveBeenSent)
    }

    @Test("a name that does not exist is a resolve error")
    func unknownHost() async throws {
        let error = try #require(
            await Fixture.failure(
                Fixture.client(), HTTPRequest(method: "GET", url: "http://no.such.host.invalid/")))
        #expect(error.code == .resolve)
        #expect(!error.mayHaveBeenSent)
    }

    @Test("a server without TLS on a TLS port is a TLS error, and nothing was sent")
    func plainOnTLSPort() async throws {
        let server = try RawServer { connection, _ in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        let error = try #require(
            await Fixture.failure(
                Fixture.client(),
                HTTPRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/")))
        #expect(error.code == .tls)
        #expect(!error.mayHaveBeenSent)
    }

    @Test(
        "what is not an http URL is refused",
        arguments: [
            "", "/path", "example.org", "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://a/",
            "http://", "http:// a/", "http://a/\r\nX: y", "http://a:99999/", "http://a/\u{0}b",
            "dict://127.0.0.1:11211/stat",
        ])
    func badURL(url: String) async throws {
        let error = await Fixture.failure(Fixture.client(), HTTPRequest(method: "GET", url: url))
        #expect(error?.code == .invalidURL)
        #expect(error?.mayHaveBeenSent == false)
    }
}
