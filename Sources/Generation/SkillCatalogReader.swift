import JSON

/// Reads the catalogue file and collects every fault in it.
struct SkillCatalogReader {
    private(set) var faults: [String] = []
    private var name = ""

    mutating func categories(of document: JSONValue) -> [SkillCategory] {
        guard let entries = document["categories"]?.objectValue else {
            faults.append("categories must be an object")
            return []
        }
        return entries.map { category($0.key, $0.value) }
    }

    private mutating func category(_ name: String, _ entry: JSONValue) -> SkillCategory {
        self.name = name
        if entry.objectValue == nil { fault("must be an object") }
        let payers = self.payers(entry)
        let states = self.states(entry)
        let required = strings(entry, "required")
        let asked = flag(entry, "auto_select")
        let payable = payers.isEmpty || payers.contains(.platform)
        return SkillCategory(
            name: name, payers: payers, states: states,
            keywords: keywords(entry, of: Set(states.map(\.name))),
            credentials: strings(entry, "credentials"), required: required,
            selectedAs: access(entry["selected_as"], "selected_as") ?? .public,
            isSelectable: asked && payable && required.isEmpty)
    }

    private mutating func payers(_ entry: JSONValue) -> [SkillCategory.Payer] {
        strings(entry, "providers").compactMap { text in
            guard let payer = SkillCategory.Payer(rawValue: text) else {
                fault("providers may hold platform and agent_owner only")
                return nil
            }
            return payer
        }
    }

    private mutating func states(_ entry: JSONValue) -> [SkillCategory.State] {
        guard let states = entry["states"]?.objectValue, !states.isEmpty else {
            fault("states must be an object of at least one state")
            return []
        }
        return states.map { name, value in
            SkillCategory.State(
                name: name, standard: access(value, "states.\(name)") ?? .disabled)
        }
    }

    private mutating func keywords(
        _ entry: JSONValue, of states: Set<String>
    ) -> [SkillKeyword] {
        guard let list = entry["keywords"] else { return [] }
        guard let list = list.arrayValue else {
            fault("keywords must be an array")
            return []
        }
        return list.compactMap { keyword($0, of: states) }
    }

    private mutating func keyword(_ value: JSONValue, of states: Set<String>) -> SkillKeyword? {
        let text = value.stringValue ?? value["word"]?.stringValue ?? ""
        let chosen = value.objectValue == nil ? [] : strings(value, "states")
        let keyword = SkillKeyword(text, states: chosen)
        guard !keyword.words.isEmpty, states.isSuperset(of: chosen) else {
            fault("a keyword is a word, or an object of a word and some of the category's states")
            return nil
        }
        return keyword
    }

    private mutating func strings(_ entry: JSONValue, _ key: String) -> [String] {
        guard let value = entry[key] else { return [] }
        let texts = value.arrayValue?.compactMap(\.stringValue)
        guard let texts, texts.count == value.arrayValue?.count else {
            fault("\(key) must be an array of strings")
            return []
        }
        return texts
    }

    private mutating func flag(_ entry: JSONValue, _ key: String) -> Bool {
        guard let value = entry[key] else { return true }
        if value.boolValue == nil { fault("\(key) must be true or false") }
        return value.boolValue ?? true
    }

    private mutating func access(_ value: JSONValue?, _ key: String) -> SkillCategory.Access? {
        guard let value else { return nil }
        let access = value.stringValue.flatMap(SkillCategory.Access.init(rawValue:))
        if access == nil { fault("\(key) must be disabled, public or private") }
        return access
    }

    private mutating func fault(_ text: String) {
        faults.append("categories.\(name): \(text)")
    }
}
