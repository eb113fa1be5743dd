import Testing

@testable import agent_bench

@Suite("the catalogue of scenarios")
struct ScenarioCatalogTests {
    @Test("every figure P1 to P15 has one scenario, and growth has one, under a name of its own")
    func complete() {
        #expect(ScenarioCatalog.all.map(\.number) == (1...15).map { "P\($0)" } + ["G"])
        #expect(Set(ScenarioCatalog.all.map(\.name)).count == ScenarioCatalog.all.count)
    }

    @Test("a scenario is found by name or number; an unknown one is named with those there are")
    func named() throws {
        #expect(try ScenarioCatalog.named(["recorded", "p1"]).map(\.number) == ["P1", "P2"])
        #expect {
            try ScenarioCatalog.named(["nonesuch"])
        } throws: { error in
            "\(error)".contains("nonesuch") && "\(error)".contains("drain (P1)")
        }
    }
}
