import Journal

extension ModelError: ProviderReporting {
    public var providerSign: ProviderSign {
        guard let status else { return .silent }
        if let kind = refusalKind(status) {
            return .refused(
                ProviderRefusal(
                    kind: kind, retryAfter: retryAfter,
                    reason: "HTTP \(status)" + (providerCode.map { " \($0)" } ?? ""),
                    failure: runFailure))
        }
        return status >= 500 ? .silent : .answered
    }

    /// A refused key (401, 403, and what a gateway answers in their place) is no refusal of this
    /// kind: one worker's wrong setting must not stop the fleet.
    private func refusalKind(_ status: Int) -> ProviderRefusal.Kind? {
        switch failureClass {
        case .rateLimited: .rateLimit
        case .quota where ![401, 403].contains(status) && providerCode != "no_db_connection":
            .quota
        case .provider where [503, 529].contains(status) || providerCode == "overloaded_error":
            .overload
        default: nil
        }
    }
}
