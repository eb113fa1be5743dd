/// How a table is written.
enum TableFormat: String, CaseIterable {
    case markdown, html, csv

    func table(header: [String], rows: [[String]]) -> String {
        switch self {
        case .markdown:
            let rule = header.map { _ in "---" }
            return ([header.map(Self.markdown), rule] + rows.map { $0.map(Self.markdown) })
                .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
        case .html:
            let head = Self.row(header, cell: "th")
            let body = rows.map { Self.row($0, cell: "td") }.joined()
            return "<table><thead>\(head)</thead><tbody>\(body)</tbody></table>"
        case .csv:
            return ([header] + rows).map { $0.map(Self.csv).joined(separator: ",") }
                .joined(separator: "\r\n")
        }
    }

    private static func markdown(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .joined(separator: " ")
    }

    private static func row(_ cells: [String], cell: String) -> String {
        "<tr>" + cells.map { "<\(cell)>\(html($0))</\(cell)>" }.joined() + "</tr>"
    }

    private static func html(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }

    private static func csv(_ text: String) -> String {
        let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
