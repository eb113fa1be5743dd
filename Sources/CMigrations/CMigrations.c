#include "CMigrations.h"

#include <stdlib.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char m0001[] = {
#embed "../../migrations/0001_records.sql"
};
static const unsigned char m0002[] = {
#embed "../../migrations/0002_run_records.sql"
};
static const unsigned char m0003[] = {
#embed "../../migrations/0003_queue.sql"
};
static const unsigned char m0004[] = {
#embed "../../migrations/0004_queue_functions.sql"
};
static const unsigned char m0005[] = {
#embed "../../migrations/0005_settlement.sql"
};
static const unsigned char m0006[] = {
#embed "../../migrations/0006_invariants.sql"
};
static const unsigned char m0007[] = {
#embed "../../migrations/0007_journal.sql"
};
static const unsigned char m0008[] = {
#embed "../../migrations/0008_holds.sql"
};
static const unsigned char m0009[] = {
#embed "../../migrations/0009_memory.sql"
};
static const unsigned char m0010[] = {
#embed "../../migrations/0010_run_counts.sql"
};
static const unsigned char m0011[] = {
#embed "../../migrations/0011_prices.sql"
};
static const unsigned char m0012[] = {
#embed "../../migrations/0012_budgets.sql"
};
static const unsigned char m0013[] = {
#embed "../../migrations/0013_rate_limits.sql"
};
static const unsigned char m0014[] = {
#embed "../../migrations/0014_schedules.sql"
};
static const unsigned char m0015[] = {
#embed "../../migrations/0015_retention.sql"
};
static const unsigned char m0016[] = {
#embed "../../migrations/0016_invariants.sql"
};
static const unsigned char m0017[] = {
#embed "../../migrations/0017_fair_claim.sql"
};
static const unsigned char m0018[] = {
#embed "../../migrations/0018_claim_indexes.no_transaction.sql"
};
static const unsigned char m0019[] = {
#embed "../../migrations/0019_horizon.sql"
};
static const unsigned char m0020[] = {
#embed "../../migrations/0020_straight_path.sql"
};
static const unsigned char m0021[] = {
#embed "../../migrations/0021_own_orphans.sql"
};
static const unsigned char m0022[] = {
#embed "../../migrations/0022_valid_ids.sql"
};
static const unsigned char m0023[] = {
#embed "../../migrations/0023_kept_plans.sql"
};
static const unsigned char m0024[] = {
#embed "../../migrations/0024_short_looks.sql"
};
static const unsigned char m0025[] = {
#embed "../../migrations/0025_forget_by_pages.sql"
};
static const unsigned char m0026[] = {
#embed "../../migrations/0026_no_user_index.no_transaction.sql"
};

static const struct embedded_migration migrations[] = {
    {"0001_records", m0001, sizeof m0001},
    {"0002_run_records", m0002, sizeof m0002},
    {"0003_queue", m0003, sizeof m0003},
    {"0004_queue_functions", m0004, sizeof m0004},
    {"0005_settlement", m0005, sizeof m0005},
    {"0006_invariants", m0006, sizeof m0006},
    {"0007_journal", m0007, sizeof m0007},
    {"0008_holds", m0008, sizeof m0008},
    {"0009_memory", m0009, sizeof m0009},
    {"0010_run_counts", m0010, sizeof m0010},
    {"0011_prices", m0011, sizeof m0011},
    {"0012_budgets", m0012, sizeof m0012},
    {"0013_rate_limits", m0013, sizeof m0013},
    {"0014_schedules", m0014, sizeof m0014},
    {"0015_retention", m0015, sizeof m0015},
    {"0016_invariants", m0016, sizeof m0016},
    {"0017_fair_claim", m0017, sizeof m0017},
    {"0018_claim_indexes.no_transaction", m0018, sizeof m0018},
    {"0019_horizon", m0019, sizeof m0019},
    {"0020_straight_path", m0020, sizeof m0020},
    {"0021_own_orphans", m0021, sizeof m0021},
    {"0022_valid_ids", m0022, sizeof m0022},
    {"0023_kept_plans", m0023, sizeof m0023},
    {"0024_short_looks", m0024, sizeof m0024},
    {"0025_forget_by_pages", m0025, sizeof m0025},
    {"0026_no_user_index.no_transaction", m0026, sizeof m0026},
};

size_t embedded_migration_count(void) { return sizeof migrations / sizeof *migrations; }

struct embedded_migration embedded_migration_at(size_t place) {
    if (place >= embedded_migration_count()) abort();
    return migrations[place];
}
