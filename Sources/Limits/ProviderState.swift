/// What the database knows of limits and cool-downs, all of it: a handful of rows.
struct ProviderState: Sendable {
    var cooldowns: [ProviderModel: Cooldown] = [:]
    /// The models with a known limit; `*` for those of a provider that have no row of their own.
    var limits: [ProviderModel: LearnedLimit] = [:]
    /// What the headers said before, whatever counts now.
    var learned: [ProviderModel: LearnedLimit] = [:]

    /// Whether calls of a model need permits.
    func isLimited(_ name: ProviderModel) -> Bool {
        limits[name] != nil || limits[name.whole] != nil
    }
}
