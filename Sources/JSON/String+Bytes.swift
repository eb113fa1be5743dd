extension String {
    /// Equality by code points. Swift's `==` treats canonically equivalent texts as equal ("é" written
    /// as one or two code points); JSON, jsonb and JSON Schema do not.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return withBytes { left in other.withBytes { right in left.elementsEqual(right) } }
    }

    /// Hashes the code points, consistent with ``hasSameBytes(as:)``.
    func hashBytes(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }

    /// Runs `body` on the UTF-8 bytes, which a native string has in one piece.
    func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }

    /// Orders by bytes, which for UTF-8 is the order of code points.
    func precedesInBytes(_ other: String) -> Bool {
        withBytes { left in other.withBytes { right in left.lexicographicallyPrecedes(right) } }
    }
}
