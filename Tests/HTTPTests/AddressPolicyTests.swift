import Testing

@testable import HTTP

@Suite("Address policy")
struct AddressPolicyTests {
    @Test(
        "addresses that are not globally reachable are refused",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
            "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
            "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
            "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
            "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::1", "3fff::1",
            "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
        ])
    func refused(address: String) throws {
        let parsed = try #require(IPAddress(address))
        #expect(!AddressPolicy.publicOnly.allows(parsed))
    }

    @Test(
        "addresses that are globally reachable are allowed",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
            "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
            "198.17.255.255", "198.20.0.0", "198.51.101.0", "203.0.114.0", "223.255.255.255",
            "2001:4860:4860::8888", "2001:200::1", "2606:4700:4700::1111", "2a00::1", "2003::1",
        ])
    func allowed(address: String) throws {
        let parsed = try #require(IPAddress(address))
        #expect(AddressPolicy.publicOnly.allows(parsed))
    }

    @Test("without a restriction everything is allowed; with one, what is no address is not")
    func extremes() {
        #expect(AddressPolicy.any.allows(IPAddress("127.0.0.1")))
        #expect(AddressPolicy.any.allows(nil))
        #expect(!AddressPolicy.publicOnly.allows(nil))
        #expect(!AddressPolicy.allowing(["0.0.0.0/0", "::/0"]).allows(nil))
    }

    @Test(
        "blocks are allowed besides public addresses, and nothing else",
        arguments: [
            ("10.1.2.3", true), ("10.2.0.0", false), ("127.0.0.1", true), ("127.0.0.2", false),
            ("fd00::5", true), ("fd01::5", false), ("8.8.8.8", true), ("::ffff:10.1.2.3", false),
        ])
    func exceptions(address: String, isAllowed: Bool) {
        let policy = AddressPolicy.allowing(["10.1.0.0/16", "127.0.0.1", "fd00::/16"])
        #expect(policy.allows(IPAddress(address)) == isAllowed)
    }

    @Test("a malformed block allows nothing")
    func malformedException() {
        let policy = AddressPolicy.allowing(["127.0.0.1/", "10.0.0.1/8", "localhost"])
        #expect(!policy.allows(IPAddress("127.0.0.1")))
        #expect(!policy.allows(IPAddress("10.0.0.1")))
    }

    @Test(
        "no spelling of a loopback address gets a connection",
        arguments: [
            "127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "0.0.0.0",
            "[::1]", "[::ffff:127.0.0.1]", "[::]", "[::127.0.0.1]", "127.0.0.1.", "user@127.0.0.1",
        ])
    func realConnection(host: String) async throws {
        let server = try RawServer.answering { _, connection in connection.respond() }
        var request = HTTPRequest(method: "POST", url: "http://\(host):\(server.port)/", body: [1])
        request.addressPolicy = .publicOnly
        let error = try #require(await Fixture.failure(Fixture.client(), request))
        // A final dot is a host name to some resolvers and nothing to others.
        #expect(
            error.code == .addressRefused || (host.hasSuffix(".") && error.code == .resolve),
            "\(error)")
        #expect(!error.mayHaveBeenSent)
        #expect(server.connections == 0)
    }

    @Test("a connection that is open already is not used against the policy")
    func reusedConnection() async throws {
        let server = try RawServer.answering { _, connection in connection.respond() }
        let client = Fixture.client()
        var request = HTTPRequest(method: "POST", url: server.url, body: [1])
        _ = try await client.send(request)
        request.addressPolicy = .publicOnly
        let error = try #require(await Fixture.failure(client, request))
        #expect(error.code == .addressRefused)
        #expect(!error.mayHaveBeenSent)
        #expect(server.requests.count == 1)
        request.addressPolicy = .allowing(["127.0.0.0/8"])
        #expect(try await client.send(request).status == 200)
    }
}
