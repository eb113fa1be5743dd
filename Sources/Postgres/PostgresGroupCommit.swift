/// Small transactions of concurrent callers, committed together: a lane that falls idle takes
/// whatever waits, as one pipeline and one transaction. So callers that write at the same time share
/// one flush of the log, and a lone one does not wait for company.
///
/// A group that fails is run again one by one, so that what the server refuses costs only who asked
/// for it.
public actor PostgresGroupCommit<Work: PostgresGroupWork> {
    /// What one caller wants done, and where its answer goes.
    private struct Waiter {
        var work: Work
        var answer: CheckedContinuation<Result<Work.Answer, PostgresError>, Never>
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

    /// Commits `work` in one transaction, perhaps with others' beside it.
    public func run(_ work: Work) async throws(PostgresError) -> Work.Answer {
        let answer = await withCheckedContinuation { answer in
            waiting.append(Waiter(work: work, answer: answer))
            kick()
        }
        return try answer.get()
    }

    private func kick() {
        guard idle > 0, !waiting.isEmpty else { return }
        idle -= 1
        Task {
            // Who called at the same moment is here by now, and goes along.
            while !waiting.isEmpty {
                let group = waiting.prefix(largestGroup)
                waiting.removeFirst(group.count)
                kick()
                await commit(group.sorted { $0.work.order < $1.work.order })
            }
            idle += 1
        }
    }

    private func commit(_ group: [Waiter]) async {
        do throws(PostgresError) {
            let work = group.map(\.work)
            let results = try await pool.pipeline(Work.commands(of: work), deadline: deadline)
            for (waiter, answer) in zip(group, try Work.answers(to: work, in: results)) {
                waiter.answer.resume(returning: .success(answer))
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
