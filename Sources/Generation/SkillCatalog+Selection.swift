import JSON

extension SkillCatalog {
    /// The skills of an agent after a prompt: what it has, and what the prompt asks for.
    ///
    /// Nothing the agent has is taken away. A category it lacks is added; one that is disabled is
    /// enabled; of a category it has, states that are off are turned on, while a state the owner
    /// opened or kept private stays as it is, because a word in a prompt is no reason to widen
    /// access. Members that have a default (`enabled`, `states`) are filled in.
    func merged(into existing: JSONObject, prompt: String) -> JSONObject {
        var skills = existing
        for (name, config) in existing {
            guard let category = self[name] else { continue }
            skills[name] = category.completed(config)
        }
        for match in matches(in: prompt) where match.category.isSelectable {
            let category = match.category
            let current = skills[category.name] ?? .object([:])
            skills[category.name] = category.selecting(match.states, in: current)
        }
        return skills
    }

    /// The names of the enabled categories, in order.
    static func enabled(in skills: JSONValue?) -> [String] {
        guard let skills = skills?.objectValue else { return [] }
        return skills.filter { $0.value["enabled"]?.boolValue == true }.map(\.key)
    }
}

extension SkillCategory {
    /// A configuration with its defaults; anything but an object is left for the validation.
    fileprivate func completed(_ config: JSONValue) -> JSONValue {
        guard config.objectValue != nil else { return config }
        var config = config
        if config["enabled"] == nil { config["enabled"] = false }
        if config["states"] == nil { config["states"] = .object(defaultStates) }
        return config
    }

    fileprivate func selecting(_ names: [String], in config: JSONValue) -> JSONValue {
        guard config.objectValue != nil else { return config }
        var config = config
        let wasEnabled = config["enabled"]?.boolValue == true
        config["enabled"] = true
        var states = config["states"]?.objectValue ?? defaultsOff
        for name in names where isOff(states[name]) {
            states[name] = .string(selectedAs.rawValue)
        }
        config["states"] = .object(states)
        if !wasEnabled, payers.contains(.platform), !hasCredentials(config) {
            config["api_key_provider"] = .string(Payer.platform.rawValue)
        }
        return config
    }

    /// Every state off: a fresh configuration has only what was asked for.
    private var defaultsOff: JSONObject {
        JSONObject(states.map { ($0.name, .string(Access.disabled.rawValue)) })
    }

    private func isOff(_ state: JSONValue?) -> Bool {
        guard let state else { return true }
        return state.stringValue == Access.disabled.rawValue
    }

    private func hasCredentials(_ config: JSONValue) -> Bool {
        credentials.allSatisfy { config[$0]?.stringValue?.isBlank == false }
            && !credentials.isEmpty
    }
}
