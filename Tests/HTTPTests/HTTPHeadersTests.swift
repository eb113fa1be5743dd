import Testing

@testable import HTTP

@Suite("HTTP headers")
struct HTTPHeadersTests {
    @Test("names compare without regard to case, the first value wins, order is kept")
    func reading() {
        var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
        #expect(headers["a"] == "1")
        #expect(headers["B"] == "2")
        #expect(headers["c"] == nil)
        #expect(headers.all("A") == ["1", "3"])
        headers.add("c", "4")
        #expect(headers.map(\.name) == ["A", "b", "a", "c"])
        #expect(headers.count == 4)
    }

    @Test("setting replaces every field of the name, nil removes them")
    func writing() {
        var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
        headers["a"] = "9"
        #expect(headers.all("A") == ["9"])
        headers["B"] = nil
        #expect(headers.count == 1)
        headers["a"] = nil
        #expect(headers.isEmpty)
    }

    @Test("only letters fold: [ and { are different names")
    func folding() {
        let headers: HTTPHeaders = ["[": "1"]
        #expect(headers["{"] == nil)
    }
}
