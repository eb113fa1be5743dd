/// Text in aligned columns; the last one is not padded.
struct Table {
    let header: [String]
    let rows: [[String]]

    init(header: [String], rows: [[String]]) {
        self.header = header
        // A line feed in what somebody stored must not look like another row.
        self.rows = rows.map { $0.map { $0.replacing("\n", with: " ").replacing("\t", with: " ") } }
    }

    var text: String {
        var widths = header.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.count)
            }
        }
        return ([header] + rows).map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
