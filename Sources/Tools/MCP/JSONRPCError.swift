import JSON

/// What a server says when it does not do what it was asked. The message may hold content.
struct JSONRPCError: Error, Sendable, Hashable {
    var code: Int
    var message: String
    var data: JSONValue

    init(_ value: JSONValue) {
        code = value["code"]?.intValue ?? Code.internalError
        message = value["message"]?.stringValue ?? ""
        data = value["data"] ?? .null
    }

    /// JSON-RPC's codes and MCP's (-32020 and below are the protocol's own since 2026-07-28).
    enum Code {
        static let methodNotFound = -32601
        static let invalidParams = -32602
        static let internalError = -32603
        /// Used by SDKs for a time limit of their own.
        static let requestTimeout = -32001
        static let headerMismatch = -32020
        static let missingCapability = -32021
        static let unsupportedVersion = -32022
        /// A person has to open a link first (2025-11-25 only).
        static let linkRequired = -32042
    }

    /// The versions a server names instead of ours.
    var supportedVersions: [String] {
        data["supported"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// Whether only a server of the new era answers so.
    var isModern: Bool {
        switch code {
        case Code.headerMismatch, Code.missingCapability: true
        case Code.unsupportedVersion: supportedVersions.contains(MCPEra.modernVersion)
        default: false
        }
    }
}
