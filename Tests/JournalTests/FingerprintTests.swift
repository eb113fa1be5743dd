import JSON
import Journal
import Testing

@Suite("fingerprints")
struct FingerprintTests {
    /// FNV-1a, 128 bits: the empty input gives the offset basis; the others computed with the
    /// reference parameters of the algorithm's page.
    @Test(
        "texts have the fingerprints of FNV-1a 128",
        arguments: [
            ("", "6c62272e07bb014262b821756295c58d"), ("a", "d228cb696f1a8caf78912b704e4a8964"),
            ("foobar", "343e1662793c64bf6f0d3597ba446f18"),
        ])
    func vectors(text: String, digits: String) {
        #expect(Fingerprint.of(text) == digits)
    }

    @Test("order of members and spelling of numbers do not matter, anything else does")
    func canonical() {
        let value: JSONValue = ["a": 1, "b": [1.0, "x"]]
        #expect(Fingerprint.of(value) == Fingerprint.of(["b": [1, "x"], "a": 1.0]))
        for other: JSONValue in [["a": 1, "b": ["x", 1]], ["a": 1], ["a": "1", "b": [1, "x"]]] {
            #expect(Fingerprint.of(value) != Fingerprint.of(other))
        }
    }
}
