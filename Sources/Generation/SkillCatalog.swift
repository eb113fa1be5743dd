import JSON

/// The skills an agent can have, by category.
public struct SkillCatalog: Sendable {
    /// In the order of the file.
    public let categories: [SkillCategory]
    private let index: [String: Int]

    /// Reads the catalogue; the error names every fault.
    public init(
        _ document: JSONValue, source: String = "skills.json"
    ) throws(GenerationDataError) {
        var reader = SkillCatalogReader()
        categories = reader.categories(of: document)
        guard reader.faults.isEmpty else {
            throw GenerationDataError(source: source, faults: reader.faults)
        }
        index = Dictionary(
            uniqueKeysWithValues: categories.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// The category of a name.
    public subscript(name: String) -> SkillCategory? {
        index[name].map { categories[$0] }
    }

    /// A category that a prompt asks for, and which of its states.
    public struct Match: Sendable, Hashable {
        public let category: SkillCategory
        public let states: [String]
    }

    /// What the words of a prompt ask for, selectable or not, in the catalogue's order.
    public func matches(in prompt: String) -> [Match] {
        let words = prompt.words
        return categories.compactMap { category in
            let hits = ([SkillKeyword(category.name)] + category.keywords)
                .filter { $0.occurs(in: words) }
            guard !hits.isEmpty else { return nil }
            let all = category.states.map(\.name)
            guard hits.allSatisfy({ !$0.states.isEmpty }) else {
                return Match(category: category, states: all)
            }
            return Match(
                category: category,
                states: all.filter { state in hits.contains { $0.states.contains(state) } })
        }
    }
}
