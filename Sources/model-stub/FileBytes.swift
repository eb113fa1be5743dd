import Glibc

/// Whole files.
enum FileBytes {
    /// The bytes of the file at this path.
    static func read(_ path: String) throws(StartError) -> [UInt8] {
        guard let file = fopen(path, "r") else {
            throw StartError(cannot: "read \(path)", because: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&block, 1, block.count, file), count > 0 {
            bytes += block[..<count]
        }
        return bytes
    }
}
