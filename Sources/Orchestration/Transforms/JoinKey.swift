import JSON

/// What elements of two arrays are matched by: the value at a path, `75` and `"75"` alike.
struct JoinKey {
    private let path: [Reference.Component]

    /// A path that is none matches nothing.
    init(path: String) {
        self.path = (try? Reference.path(path)) ?? []
    }

    /// nil for an element that has no such value.
    func of(_ element: JSONValue) -> String? {
        guard !path.isEmpty else { return nil }
        let value = Reference.follow(path, in: element)
        return value.isNull ? nil : value.stringValue ?? value.canonical
    }

    /// The first element of every key.
    func firstOfEach(_ elements: [JSONValue]) -> [String: JSONValue] {
        elements.reduce(into: [:]) { found, element in
            guard let key = of(element), found[key] == nil else { return }
            found[key] = element
        }
    }
}
