extension UnsafeRawBufferPointer {
    /// The integer at `offset`, which the caller has checked to be in range.
    func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
