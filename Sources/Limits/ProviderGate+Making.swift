import FoundationEssentials
import Postgres

extension ProviderGate {
    /// The gate of worker `worker`. `pool` is its own: a permit must not wait behind the records of
    /// running jobs. `patience` is how long a call waits in its slot at most; `tell` hears what
    /// somebody should know, and must not block.
    public init(
        pool: PostgresPool, worker: UUID, policy: CooldownPolicy = CooldownPolicy(),
        patience: Duration = .seconds(10), tell: @escaping @Sendable (GateNotice) -> Void
    ) {
        self.init(
            store: ProviderStore(pool: pool), worker: worker, policy: policy, patience: patience,
            tell: tell)
    }
}
