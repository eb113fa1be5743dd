import CLibPQ
import FoundationEssentials
import JSON

/// The parameters of one command as libpq wants them: values in one byte buffer, and parallel
/// arrays of types, lengths and formats. Binary formats: the `*send` functions of PostgreSQL's
/// sources, all big-endian.
struct ParameterBuffer {
    private(set) var types: [UInt32] = []
    /// Starts with a byte of no meaning, so that an empty value at its end still has an address.
    private var bytes: [UInt8] = [0]
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// A text parameter holds a NUL character, which no PostgreSQL text can.
    struct NULCharacter: Error {}

    init(_ parameters: [PostgresParameter]) throws(NULCharacter) {
        types.reserveCapacity(parameters.count)
        for parameter in parameters { try append(parameter) }
    }

    /// Calls `body` with the arrays that PQsendQueryPrepared and PQsendQueryParams take.
    func withRaw<Result>(
        _ body: (
            Int32, UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?,
            UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            var values: [UnsafePointer<CChar>?] = []
            values.reserveCapacity(offsets.count)
            for offset in offsets {
                if let offset, let base { values.append(base + offset) } else { values.append(nil) }
            }
            return body(Int32(types.count), types, values, lengths, formats)
        }
    }

    private mutating func append(_ parameter: PostgresParameter) throws(NULCharacter) {
        switch parameter {
        case .null:
            types.append(TypeOID.unspecified)
            offsets.append(nil)
            lengths.append(0)
            formats.append(1)
        case .text(let text): try appendText(text)
        case .bool(let value): binary(TypeOID.bool) { $0.put(value) }
        case .int16(let value): binary(TypeOID.int2) { $0.put(value) }
        case .int32(let value): binary(TypeOID.int4) { $0.put(value) }
        case .int64(let value): binary(TypeOID.int8) { $0.put(value) }
        case .double(let value): binary(TypeOID.float8) { $0.put(value.bitPattern) }
        case .uuid(let value): binary(TypeOID.uuid) { $0.put(value) }
        case .json(let value): binary(TypeOID.jsonb) { $0.put(value) }
        case .date(let value): binary(TypeOID.timestamptz) { $0.put(Timestamp.microseconds(value)) }
        case .bytes(let value): binary(TypeOID.bytea) { $0.bytes += value }
        case .textArray(let values):
            array(TypeOID.textArray, of: TypeOID.text, values) { $0.bytes += $1.utf8 }
        case .optionalTextArray(let values):
            array(TypeOID.textArray, of: TypeOID.text, values, isNull: Self.isAbsent) {
                $0.bytes += ($1 ?? "").utf8
            }
        case .boolArray(let values):
            array(TypeOID.boolArray, of: TypeOID.bool, values) { $0.put($1) }
        case .int64Array(let values):
            array(TypeOID.int8Array, of: TypeOID.int8, values) { $0.put($1) }
        case .doubleArray(let values):
            array(TypeOID.float8Array, of: TypeOID.float8, values) { $0.put($1.bitPattern) }
        case .dateArray(let values):
            array(TypeOID.timestamptzArray, of: TypeOID.timestamptz, values) {
                $0.put(Timestamp.microseconds($1))
            }
        case .uuidArray(let values):
            array(TypeOID.uuidArray, of: TypeOID.uuid, values) { $0.put($1) }
        case .jsonArray(let values):
            array(TypeOID.jsonbArray, of: TypeOID.jsonb, values) { $0.put($1) }
        }
    }

    private static func isAbsent(_ text: String?) -> Bool {
        text == nil
    }

    /// In text format, so that the server parses it as the type it expects there.
    private mutating func appendText(_ text: String) throws(NULCharacter) {
        let start = bytes.count
        bytes += text.utf8
        // libpq measures a text-format value with strlen: a NUL inside would cut it silently.
        guard !bytes[start...].contains(0) else { throw NULCharacter() }
        types.append(TypeOID.unspecified)
        offsets.append(start)
        lengths.append(Int32(bytes.count - start))
        formats.append(0)
        bytes.append(0)
    }

    private mutating func binary(_ type: UInt32, _ put: (inout ParameterBuffer) -> Void) {
        let start = bytes.count
        put(&self)
        types.append(type)
        offsets.append(start)
        lengths.append(Int32(bytes.count - start))
        formats.append(1)
    }

    /// Dimensions, has-NULLs flag, element type, (length, lower bound) per dimension, elements.
    private mutating func array<Element>(
        _ type: UInt32, of elementType: UInt32, _ elements: [Element],
        isNull: (Element) -> Bool = { _ in false },
        _ put: (inout ParameterBuffer, Element) -> Void
    ) {
        binary(type) { buffer in
            buffer.put(Int32(elements.isEmpty ? 0 : 1))
            buffer.put(Int32(elements.contains(where: isNull) ? 1 : 0))
            buffer.put(elementType)
            guard !elements.isEmpty else { return }
            buffer.put(Int32(elements.count))
            buffer.put(Int32(1))
            for element in elements {
                if isNull(element) {
                    buffer.put(Int32(-1))
                    continue
                }
                let lengthAt = buffer.bytes.count
                buffer.put(Int32(0))
                put(&buffer, element)
                let length = Int32(buffer.bytes.count - lengthAt - 4)
                withUnsafeBytes(of: length.bigEndian) { source in
                    for index in 0..<4 { buffer.bytes[lengthAt + index] = source[index] }
                }
            }
        }
    }

    private mutating func put(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    private mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func put(_ value: UUID) {
        withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
    }

    private mutating func put(_ value: JSONValue) {
        bytes.append(1)  // the version of jsonb's binary form
        bytes += value.serializedBytes
    }
}
