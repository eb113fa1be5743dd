import FoundationEssentials
import JSON
import Jobs

/// The lines of a bulk file as chunks of COPY rows.
struct JobLines: AsyncSequence, Sendable {
    /// A chunk is sent when it has grown to this size.
    static let chunkBytes = 1 << 16

    let lines: LineReader
    let now: Date
    let progress: ProgressBar

    struct AsyncIterator: AsyncIteratorProtocol {
        let source: JobLines

        mutating func next() async throws -> [UInt8]? {
            var chunk: [UInt8] = []
            while chunk.count < JobLines.chunkBytes, let line = try source.lines.next() {
                if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
                let job = try JobLine.read(line, number: source.lines.lineNumber)
                chunk.append(contentsOf: CopyRow.encode(job, now: source.now))
            }
            source.progress.show(source.lines.bytesRead)
            return chunk.isEmpty ? nil : chunk
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: self) }
}
