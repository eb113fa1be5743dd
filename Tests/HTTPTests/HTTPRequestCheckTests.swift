import Testing

@testable import HTTP

@Suite("Request check")
struct HTTPRequestCheckTests {
    @Test(
        "a header that would break the message is refused before anything is sent",
        arguments: [
            ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\u{0}b"), ("", "a"),
            ("X Y", "a"), ("X:", "a"), ("X\r\nY", "a"), ("Ünicode", "a"), ("Content-Length", "5"),
            ("transfer-encoding", "chunked"), ("Connection", "close"), ("expect", "100-continue"),
        ])
    func badHeader(name: String, value: String) async throws {
        let server = try RawServer.answering { _, connection in connection.respond() }
        var request = HTTPRequest(method: "GET", url: server.url)
        request.headers.add(name, value)
        let error = try #require(await Fixture.failure(Fixture.client(), request))
        #expect(error.code == .protocolError)
        #expect(!error.mayHaveBeenSent)
        #expect(server.connections == 0)
    }

    @Test("a method that is not a token is refused", arguments: ["", "GET /", "G\r\nX: y", "Ä"])
    func badMethod(method: String) {
        #expect(HTTPRequest(method: method, url: "http://a/").fault != nil)
    }

    @Test("a fault never quotes a value")
    func noValue() throws {
        let request = HTTPRequest(
            method: "GET", url: "http://a/", headers: ["Authorization": "Bearer secret\n"])
        #expect(try #require(request.fault).contains("secret") == false)
    }

    @Test(
        "URLs are shown without what may be secret",
        arguments: [
            (
                "https://user:pw@example.org:8443/v1/chat?key=1#f",
                "https://example.org:8443/v1/chat"
            ),
            ("http://example.org", "http://example.org/"),
            ("HTTP://[::1]:80/a", "http://[::1]:80/a"),
        ])
    func redaction(url: String, shown: String) {
        #expect(RequestURL(url)?.redacted == shown)
    }
}
