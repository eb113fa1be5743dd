import Testing

@testable import HTTP

@Suite("Address blocks")
struct AddressBlockTests {
    @Test(
        "blocks contain what their prefix covers",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
            ("0.0.0.0/0", "203.0.113.1", true), ("0.0.0.0/0", "::1", false),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7/32", "192.0.2.6", false),
            ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false),
            ("::/0", "2001:db8::1", true), ("2001:db8::1", "2001:db8::1", true),
            ("2001:db8::/127", "2001:db8::2", false),
        ])
    func membership(block: String, address: String, isInside: Bool) throws {
        let block = try #require(AddressBlock(block))
        let address = try #require(IPAddress(address))
        #expect(block.contains(address) == isInside)
    }

    @Test(
        "malformed blocks are nil",
        arguments: [
            "", "/", "/8", "10/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
            "10.0.0.0/8/8", "10.0.0.1/8", "127.1", "0x7f000001", "256.0.0.0", "::/129",
            "fe80::1/10",
            "localhost", " 10.0.0.0/8", "10.0.0.0 /8",
        ])
    func malformed(block: String) {
        #expect(AddressBlock(block) == nil)
    }
}
