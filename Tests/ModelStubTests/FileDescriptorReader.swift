import Glibc

/// Reads a pipe to its end.
final class FileDescriptorReader {
    private let descriptor: Int32
    private var rest: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The next line without its end; what is left when the pipe ends first.
    func line() -> String {
        while !rest.contains(UInt8(ascii: "\n")), fill() {}
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        let line = String(decoding: rest[..<end], as: UTF8.self)
        rest = Array(rest[end...].dropFirst())
        return line
    }

    /// Everything up to the end.
    func all() -> String {
        while fill() {}
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 { rest += buffer[..<count] }
        return count > 0
    }
}
