import JSON

/// Finds references that cannot resolve when the step runs, before anything runs.
struct ReferenceCheck {
    let visible: PlanBuilder.Visibility
    /// Every step id of the workflow: tells a step out of reach from a misspelt one.
    let known: Set<String>

    /// What is wrong, each as the rest of a sentence that begins with the step.
    func faults(of draft: PlanBuilder.Draft) -> [String] {
        let outline = draft.outline
        var faults = references(draft.executeIf.references)
        let local = ReferenceCheck(
            visible: PlanBuilder.Visibility(
                ids: visible.ids, roots: visible.roots.union(outline.localRoots)),
            known: known)
        for text in draft.step.commonTexts { faults += self.faults(ofText: text) }
        for text in outline.texts { faults += local.faults(ofText: text) }
        for field in outline.fields { faults += local.faults(ofField: field) }
        for condition in outline.conditions {
            // One that does not parse is a fault of the outline.
            if let parsed = try? Condition(condition) {
                faults += local.references(parsed.references)
            }
        }
        return faults
    }

    /// Of a template or a bare reference; a lone word that names nothing is a text.
    func faults(ofField field: JSONValue) -> [String] {
        guard let bare = Scope.bareReference(field) else { return faults(ofText: field) }
        let isReference = !bare.path.isEmpty || known.contains(bare.root)
        return isReference ? references([bare]) : []
    }

    /// Of a value whose strings are templates.
    func faults(ofText text: JSONValue) -> [String] {
        do {
            return references(try TemplateTexts.references(in: [text]))
        } catch {
            return ["has a faulty reference: \(error.message)"]
        }
    }

    private func references(_ references: [Reference]) -> [String] {
        references.compactMap { reference in
            let root = reference.root
            if visible.ids.contains(root) { return nil }
            if known.contains(root) {
                return "refers to step '\(root)', on which it does not depend"
            }
            guard let variable = Scope.Root(rawValue: root) else {
                return "refers to the unknown step or variable '\(root)'"
            }
            return visible.roots.contains(variable)
                ? nil : "refers to '\(root)', which only exists in a loop"
        }
    }
}
