import JSON

/// A JSON document with templates for its strings.
indirect enum BodyTemplate: Sendable {
    case value(JSONValue)
    case text(TextTemplate)
    case array([BodyTemplate])
    case object([(key: String, value: BodyTemplate)])

    /// Every text template inside.
    var templates: [TextTemplate] {
        switch self {
        case .value: []
        case .text(let template): [template]
        case .array(let elements): elements.flatMap(\.templates)
        case .object(let members): members.flatMap(\.value.templates)
        }
    }
}
