extension Migration {
    /// Every migration, in order. A new one is one file and one line here.
    public static let all: [Migration] = [
        Migration("0001_records.sql", PackageResources._001_records_sql),
        Migration("0002_run_records.sql", PackageResources._002_run_records_sql),
        Migration("0003_queue.sql", PackageResources._003_queue_sql),
        Migration("0004_queue_functions.sql", PackageResources._004_queue_functions_sql),
        Migration("0005_settlement.sql", PackageResources._005_settlement_sql),
        Migration("0006_invariants.sql", PackageResources._006_invariants_sql),
        Migration("0007_journal.sql", PackageResources._007_journal_sql),
        Migration("0008_holds.sql", PackageResources._008_holds_sql),
        Migration("0009_memory.sql", PackageResources._009_memory_sql),
        Migration("0010_run_counts.sql", PackageResources._010_run_counts_sql),
        Migration("0011_prices.sql", PackageResources._011_prices_sql),
        Migration("0012_budgets.sql", PackageResources._012_budgets_sql),
        Migration("0013_rate_limits.sql", PackageResources._013_rate_limits_sql),
        Migration("0014_schedules.sql", PackageResources._014_schedules_sql),
        Migration("0015_retention.sql", PackageResources._015_retention_sql),
        Migration("0016_invariants.sql", PackageResources._016_invariants_sql),
        Migration("0017_horizon.sql", PackageResources._017_horizon_sql),
    ]
}
