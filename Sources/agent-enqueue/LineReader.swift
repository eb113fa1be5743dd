import Glibc

/// Lines of a file or of standard input, one at a time.
///
/// Unchecked `Sendable`: one command's task reads it, from start to end.
final class LineReader: @unchecked Sendable {
    /// A longer line is not a job (I8).
    static let longestLine = 16 << 20

    /// In bytes; nil for a pipe.
    let size: Int?
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private(set) var bytesRead = 0
    private(set) var lineNumber = 0

    init(path: String) throws {
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure("\(path): cannot be read; name a readable file, or - for standard input")
        }
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int(status.st_size) : nil
    }

    deinit {
        if descriptor > 0 { close(descriptor) }
    }

    /// The next line without its end; nil after the last.
    func next() throws -> [UInt8]? {
        while true {
            if let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                lineNumber += 1
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                lineNumber += 1
                return Array(buffer[start...])
            }
            if buffer.count - start > Self.longestLine {
                throw Failure("line \(lineNumber + 1): longer than \(Self.longestLine) bytes")
            }
            try fill()
        }
    }

    private func fill() throws {
        buffer.removeFirst(start)
        start = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &chunk, chunk.count)
        guard count >= 0 else { throw Failure("line \(lineNumber + 1): cannot be read") }
        if count == 0 { isAtEnd = true }
        bytesRead += count
        buffer.append(contentsOf: chunk[..<count])
    }
}
