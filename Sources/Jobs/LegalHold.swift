import FoundationEssentials
import JSON

/// Nothing of what a legal hold names is pruned or forgotten until it is lifted.
public struct LegalHold: Sendable {
    public enum Subject: Sendable, Hashable, CustomStringConvertible {
        case user(String)
        case agent(UUID)
        case job(Int64)

        public var description: String {
            switch self {
            case .user(let id): "user \(id)"
            case .agent(let id): "agent \(id.uuidString.lowercased())"
            case .job(let id): "job \(id)"
            }
        }
    }

    public let id: Int64
    public let subject: Subject
    public let reason: String
    public let placedBy: String
    public let placedAt: Date
    public let liftedAt: Date?

    public var json: JSONValue {
        [
            "id": JSONValue(Int(id)), "of": .string("\(subject)"), "reason": .string(reason),
            "placed_by": .string(placedBy), "placed_at": .string(placedAt.formatted(.iso8601)),
            "lifted_at": liftedAt.map { .string($0.formatted(.iso8601)) } ?? .null,
        ]
    }
}
