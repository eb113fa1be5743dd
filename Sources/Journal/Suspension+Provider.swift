extension Suspension {
    /// A temporary refusal of a model, by its provider, is waited for.
    public static let cooldownPrefix = "cooldown:"
    /// A provider's account is stopped.
    public static let quotaPrefix = "quota:"
    /// The model's allowance is taken by other calls for longer than a call waits.
    public static let ratePrefix = "rate:"

    /// The class of failure that a limit of a provider amounts to for whoever could ask another
    /// model; nil for any other limit, and for an event.
    public var providerLimit: FailureClass? {
        guard holdFor != nil else { return nil }
        if key.hasPrefix(Self.quotaPrefix) { return .quota }
        let isTemporary = key.hasPrefix(Self.cooldownPrefix) || key.hasPrefix(Self.ratePrefix)
        return isTemporary ? .rateLimited : nil
    }
}
