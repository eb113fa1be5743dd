import FoundationEssentials
import JSON

/// A Swift type that a column can be read as. Reading never rounds, truncates or guesses: a column
/// of another type is an error.
public protocol PostgresDecodable {
    /// Reads a non-NULL value.
    init(postgres cell: PostgresCell) throws(PostgresError)
}

/// boolean
extension Bool: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard cell.type == TypeOID.bool, cell.bytes.count == 1 else { throw cell.mismatch("Bool") }
        self = cell.bytes[0] != 0
    }
}

extension FixedWidthInteger {
    /// smallint, integer, bigint or oid, if the value fits.
    fileprivate init(integer cell: PostgresCell) throws(PostgresError) {
        let wide: Int64? =
            switch (cell.type, cell.bytes.count) {
            case (TypeOID.int2, 2): Int64(cell.bytes.bigEndian(Int16.self, at: 0))
            case (TypeOID.int4, 4): Int64(cell.bytes.bigEndian(Int32.self, at: 0))
            case (TypeOID.int8, 8): cell.bytes.bigEndian(Int64.self, at: 0)
            case (TypeOID.oid, 4): Int64(cell.bytes.bigEndian(UInt32.self, at: 0))
            default: nil
            }
        guard let wide, let value = Self(exactly: wide) else { throw cell.mismatch("\(Self.self)") }
        self = value
    }
}

/// smallint, or a wider integer whose value fits
extension Int16: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { try self.init(integer: cell) }
}

/// smallint or integer, or a wider integer whose value fits
extension Int32: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { try self.init(integer: cell) }
}

/// smallint, integer, bigint, oid
extension Int64: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { try self.init(integer: cell) }
}

/// smallint, integer, bigint, oid
extension Int: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) { try self.init(integer: cell) }
}

/// double precision or real, exactly; numeric, to the nearest double
extension Double: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        switch (cell.type, cell.bytes.count) {
        case (TypeOID.float8, 8):
            self.init(bitPattern: cell.bytes.bigEndian(UInt64.self, at: 0))
        case (TypeOID.float4, 4):
            self.init(Float(bitPattern: cell.bytes.bigEndian(UInt32.self, at: 0)))
        case (TypeOID.numeric, _):
            guard let value = NumericText.decode(cell.bytes).flatMap(Double.init) else {
                throw cell.mismatch("Double")
            }
            self = value
        default: throw cell.mismatch("Double")
        }
    }
}

/// text, varchar, char, name, enums; json and jsonb as their text; numeric as exact decimal text
extension String: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        switch cell.type {
        case TypeOID.text, TypeOID.varchar, TypeOID.bpchar, TypeOID.name, TypeOID.char,
            TypeOID.unknown, TypeOID.json, TypeOID.void, TypeOID.firstUserDefined...:
            self.init(decoding: cell.bytes, as: UTF8.self)
        case TypeOID.jsonb where cell.bytes.first == 1:
            self.init(decoding: cell.bytes.dropFirst(), as: UTF8.self)
        case TypeOID.numeric:
            guard let text = NumericText.decode(cell.bytes) else { throw cell.mismatch("String") }
            self = text
        default: throw cell.mismatch("String")
        }
    }
}

/// uuid
extension UUID: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard cell.type == TypeOID.uuid, cell.bytes.count == 16 else { throw cell.mismatch("UUID") }
        self.init(uuid: cell.bytes.loadUnaligned(as: uuid_t.self))
    }
}

/// json or jsonb
extension JSONValue: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        let text: [UInt8]
        switch cell.type {
        case TypeOID.json: text = Array(cell.bytes)
        case TypeOID.jsonb where cell.bytes.first == 1: text = Array(cell.bytes.dropFirst())
        default: throw cell.mismatch("JSONValue")
        }
        do {
            // What the database holds may be deeper and bigger than what we accept from outside.
            try self.init(
                parsing: text, limits: JSONLimits(maxDepth: 1024, maxBytes: max(1, text.count)))
        } catch {
            throw cell.mismatch("JSONValue")
        }
    }
}

/// timestamptz, or timestamp taken as UTC; infinity becomes the distant future or past
extension Date: PostgresDecodable {
    public init(postgres cell: PostgresCell) throws(PostgresError) {
        guard cell.type == TypeOID.timestamptz || cell.type == TypeOID.timestamp,
            cell.bytes.count == 8
        else { throw cell.mismatch("Date") }
        self = Timestamp.date(cell.bytes.bigEndian(Int64.self, at: 0))
    }
}
