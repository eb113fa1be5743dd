extension ToolAction {
    /// The keys of `common_errors` that speak of a status, in the order of looking them up.
    private static let keys: [Int: [String]] = [
        400: ["bad_request", "invalid_request", "validation_error", "invalid_parameters"],
        401: ["auth_failed", "unauthorized", "authentication_failed", "invalid_credentials"],
        403: ["forbidden", "permission_denied", "insufficient_permissions", "access_denied"],
        404: ["not_found", "resource_not_found"],
        429: ["rate_limited", "rate_limit", "rate_limit_exceeded", "api_rate_limit"],
    ]

    /// The definition's own words for a status; nil when it has none. The status itself is the
    /// first key.
    func commonError(for status: Int) -> String? {
        ([String(status)] + (Self.keys[status] ?? [])).lazy.compactMap { commonErrors[$0] }.first
    }
}
