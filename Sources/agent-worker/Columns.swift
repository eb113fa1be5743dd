import JSON

/// Rows as text in aligned columns; the last one is not padded.
struct Columns {
    let header: [String]
    let rows: [[String]]

    init(header: [String], rows: [[String]]) {
        self.header = header
        self.rows = rows.map { $0.map(Self.printable) }
    }

    /// The named members of each row; what is absent or null reads `-`.
    init(_ names: [String], of rows: [JSONValue]) {
        self.init(
            header: names.map { $0.uppercased() },
            rows: rows.map { row in
                names.map { name in
                    guard let value = row[name], !value.isNull else { return "-" }
                    return value.stringValue ?? value.serialized
                }
            })
    }

    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([header] + rows).map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// What somebody stored must neither look like another row nor steer the terminal.
    private static func printable(_ cell: String) -> String {
        String(
            String.UnicodeScalarView(
                cell.unicodeScalars.map {
                    $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0
                }))
    }
}
