/// Small transactions of concurrent callers, committed together: a lane that falls idle takes
/// whatever waits, as one pipeline and one transaction. So callers that write at the same time share
/// one flush of the log, and a lone one does not wait for company.
///
/// A group that fails is run again one by one, so that what the server refuses costs only who asked
/// for it.
public actor PostgresGroupCommit {
    /// What one caller wants done, and where its answer goes.
    private struct Waiter {
        var commands: [PostgresCommand]
        var order: Int64
        var answer: CheckedContinuation<Result<[PostgresRows], PostgresError>, Never>
    }

    private let pool: PostgresPool
    private let deadline: Duration
    private let largestGroup: Int
    private var idle: Int
    private var waiting: [Waiter] = []

    /// `lanes` groups are under way at once at most, each of `largestGroup` callers at most;
    /// `deadline` is for one group, the lease of its connection included.
    public init(_ pool: PostgresPool, lanes: Int, largestGroup: Int, deadline: Duration) {
        self.pool = pool
        self.deadline = deadline
        self.largestGroup = largestGroup
        idle = max(1, lanes)
    }

    /// How many callers wait for a lane.
    public var pending: Int { waiting.count }

    /// Commits `commands` in one transaction, perhaps with others' beside them, and gives their
    /// rows. They must not begin or end a transaction themselves.
    ///
    /// Groups lock in the order of `order`, such as the id of the job whose row is locked first:
    /// two groups that share rows then wait for each other instead of deadlocking.
    public func run(
        _ commands: [PostgresCommand], order: Int64
    ) async throws(PostgresError) -> [PostgresRows] {
        let answer = await withCheckedContinuation { answer in
            waiting.append(Waiter(commands: commands, order: order, answer: answer))
            kick()
        }
        return try answer.get()
    }

    private func kick() {
        while idle > 0, !waiting.isEmpty {
            idle -= 1
            let group = waiting.prefix(largestGroup).sorted { $0.order < $1.order }
            waiting.removeFirst(group.count)
            Task {
                await self.commit(group)
                self.idle += 1
                self.kick()
            }
        }
    }

    private func commit(_ group: [Waiter]) async {
        do throws(PostgresError) {
            let rows = try await pool.pipeline(group.flatMap(\.commands), deadline: deadline)
            var first = 0
            for waiter in group {
                let next = first + waiter.commands.count
                waiter.answer.resume(returning: .success(Array(rows[first..<next])))
                first = next
            }
        } catch {
            // An outcome nobody knows must not be followed by the same again: the callers ask.
            guard group.count > 1, error.sqlState != nil else {
                for waiter in group { waiter.answer.resume(returning: .failure(error)) }
                return
            }
            for waiter in group { await commit([waiter]) }
        }
    }
}
