import Glibc

/// A file of the package and its lines.
struct SourceFile: Sendable {
    /// From the package's root.
    let path: String
    let lines: [Substring]
    /// The lines without their comments, counted from 1.
    let code: [(number: Int, text: Substring)]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = lines.enumerated().map { ($0 + 1, Self.withoutComment($1)) }
    }

    /// The directory below `Sources` or `Tests`: the module.
    var module: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// The file's name without its extension.
    var stem: Substring {
        let name = path.split(separator: "/").last ?? ""
        return name.split(separator: ".").first ?? ""
    }

    /// A "//" after a colon belongs to a URL.
    private static func withoutComment(_ line: Substring) -> Substring {
        guard line.holds("//") else { return line }
        var previous: UInt8 = 0
        for position in line.utf8.indices {
            let byte = line.utf8[position]
            if byte == UInt8(ascii: "/"), previous == byte {
                let start = line.utf8.index(before: position)
                let isURL =
                    start > line.startIndex && line.utf8[line.utf8.index(before: start)] == 58
                if !isURL { return line[..<start] }
            }
            previous = byte
        }
        return line
    }
}

extension Substring {
    /// Whether the text occurs, compared by bytes: thousands of lines are searched, and regular
    /// expressions only look at those that pass.
    func holds(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        let first = Int32(text.utf8Start.pointee)
        let found = utf8.withContiguousStorageIfAvailable { line in
            guard var start = line.baseAddress else { return false }
            let end = start + line.count
            while let hit = memchr(start, first, end - start) {
                start = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self))
                if end - start < length { return false }
                if memcmp(start, text.utf8Start, length) == 0 { return true }
                start += 1
            }
            return false
        }
        return found ?? contains("\(text)")
    }
}
