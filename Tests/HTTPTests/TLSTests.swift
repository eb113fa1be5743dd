import Testing

@testable import HTTP

@Suite("TLS")
struct TLSTests {
    @Test("a certificate counts only when its authority is trusted and its name is the host's")
    func verification() async throws {
        guard let server = try TLSServer() else {
            print("skipped: there is no openssl to serve TLS")
            return
        }
        let trusting = Fixture.client { $0.certificateAuthorityFile = server.certificateFile }
        let port = server.port
        for (client, host, isTrusted) in [
            (Fixture.client(), "localhost", false), (trusting, "localhost", true),
            (trusting, "127.0.0.1", false),
        ] {
            let request = HTTPRequest(method: "GET", url: "https://\(host):\(port)/")
            let error = await Fixture.failure(client, request)
            #expect(error?.code == (isTrusted ? nil : .tls), "\(host)")
            #expect(error?.mayHaveBeenSent ?? false == false)
        }
    }
}
