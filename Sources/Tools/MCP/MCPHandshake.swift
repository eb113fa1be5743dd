import JSON

/// Finds out which era a server speaks, and opens the session that the old one needs.
struct MCPHandshake {
    let connection: any MCPConnection
    let probeTimeout: Duration

    /// The era; `known` from an earlier connection to the same server saves the question.
    func run(
        known: MCPEra?, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> MCPEra {
        switch known {
        case .modern: return .modern
        case .legacy: return try await initialize(until: deadline)
        case nil: break
        }
        if try await isModern(until: deadline) { return .modern }
        do {
            return try await initialize(until: deadline)
        } catch {
            // A server that was only slow to answer the first question.
            if case .refused(let refusal) = error.kind, refusal.isModern { return .modern }
            throw error
        }
    }

    /// A description of itself that names the new version, or an error that only the new era has,
    /// is a yes; any other answer, and silence, is a no. A fault of the way there is neither.
    private func isModern(until deadline: ContinuousClock.Instant) async throws(MCPFault) -> Bool {
        do {
            let description = try await connection.exchange(
                .discovery, until: min(deadline, .now + probeTimeout))
            let versions = description["supportedVersions"]?.arrayValue ?? []
            return versions.contains(.string(MCPEra.modernVersion))
        } catch {
            switch error.kind {
            case .refused(let refusal): return refusal.isModern
            case .timeout where ContinuousClock.now < deadline: return false
            case .invalidReply, .sessionLost: return false
            // HTTP servers that know no request before the handshake.
            case .status(400...499, _) where !error.isAboutCaller: return false
            default: throw error
            }
        }
    }

    private func initialize(
        until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> MCPEra {
        let result = try await connection.exchange(.initialization, until: deadline)
        guard let version = result["protocolVersion"]?.stringValue,
            MCPEra.legacyVersions.contains(version)
        else {
            throw MCPFault(.unavailable("it speaks no version of the protocol that we do"))
        }
        let era = MCPEra.legacy(version: version)
        try await connection.notify("notifications/initialized", era: era, until: deadline)
        return era
    }
}
