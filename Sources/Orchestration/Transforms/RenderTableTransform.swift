import JSON
import Journal

/// `render_table`: a table of the elements as text. `config.columns` is a list of paths or of
/// `{field, label?}`; without it the columns are the members of the objects, in the order in which
/// they appear. `config.format` is `markdown` (the default), `html` or `csv` (RFC 4180).
struct RenderTableTransform: TransformOperation {
    let name = "render_table"

    private struct Column {
        var label: String
        var path: [Reference.Component]
    }

    func faults(of config: JSONValue) -> [String] {
        var faults: [String] = []
        if let format = config["format"], !format.isNull,
            format.stringValue.flatMap(TableFormat.init) == nil
        {
            let names = TableFormat.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append("config.format must be one of \(names)")
        }
        guard let columns = config["columns"], !columns.isNull else { return faults }
        let list = columns.arrayValue ?? []
        if list.isEmpty || list.contains(where: { Self.column($0) == nil }) {
            faults.append("config.columns must be an array of paths or of {field, label}")
        }
        return faults
    }

    func apply(
        to input: JSONValue, config: JSONValue, scope: Scope
    ) throws(RunFailure) -> JSONValue {
        let elements = try elements(input)
        let columns =
            config["columns"]?.arrayValue?.compactMap(Self.column) ?? Self.columns(of: elements)
        let rows = elements.map { element in
            columns.map { Self.text(Reference.follow($0.path, in: element)) }
        }
        let format = config["format"]?.stringValue.flatMap(TableFormat.init) ?? .markdown
        return .string(format.table(header: columns.map(\.label), rows: rows))
    }

    private static func column(_ json: JSONValue) -> Column? {
        guard let field = json.stringValue ?? json["field"]?.stringValue,
            let path = try? Reference.path(field)
        else { return nil }
        return Column(label: json["label"]?.stringValue ?? field, path: path)
    }

    private static func columns(of elements: [JSONValue]) -> [Column] {
        var keys = JSONObject()
        for element in elements {
            for key in element.objectValue?.keys ?? [] { keys[key] = .null }
        }
        return keys.keys.map { Column(label: $0, path: [.key($0)]) }
    }

    /// Nothing for null, JSON for what is no scalar.
    private static func text(_ value: JSONValue) -> String {
        value.isNull ? "" : value.stringValue ?? value.serialized
    }
}
