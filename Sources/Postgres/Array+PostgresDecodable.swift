import FoundationEssentials

/// An array element that has a PostgreSQL array type.
public protocol PostgresArrayElement: PostgresDecodable {}

extension String: PostgresArrayElement {}
extension UUID: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Double: PostgresArrayElement {}
extension Bool: PostgresArrayElement {}

/// A one-dimensional array without NULLs (text[], uuid[], bigint[] and the like).
extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let bytes = cell.bytes
        // Header: dimensions, has-NULLs flag, element type; per dimension: length, lower bound.
        guard bytes.count >= 12 else { throw cell.mismatch("an array") }
        let dimensions = bytes.bigEndian(Int32.self, at: 0)
        let elementType = bytes.bigEndian(UInt32.self, at: 8)
        self.init()
        if dimensions == 0 { return }
        guard dimensions == 1, bytes.count >= 20 else {
            throw cell.mismatch("a one-dimensional array")
        }
        let count = Int(bytes.bigEndian(Int32.self, at: 12))
        reserveCapacity(Swift.max(0, Swift.min(count, bytes.count / 4)))
        var offset = 20
        for _ in 0..<Swift.max(0, count) {
            guard offset + 4 <= bytes.count else { throw cell.mismatch("an array") }
            let length = Int(bytes.bigEndian(Int32.self, at: offset))
            offset += 4
            guard length >= 0, offset + length <= bytes.count else {
                throw cell.mismatch("an array without NULLs")
            }
            let element = PostgresCell(
                type: elementType,
                bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]),
                column: cell.column)
            append(try Element(postgres: element))
            offset += length
        }
    }
}
