import Postgres

extension AttemptJournal {
    /// Commits in one transaction, shared with other runs that write just then, what a run cannot go on without. In a task of its own: the
    /// outcome of a paid call is written even when the run was cancelled meanwhile. Throws
    /// `LedgerFailure`.
    @discardableResult
    func write(
        _ row: RunSteps.Row? = nil, _ commands: [PostgresCommand] = []
    ) async throws -> JournalWrite.Answer {
        let stop = StopNotice()
        let work = JournalWrite(order: attempt.jobID, row: row, commands: commands)
        let writing = Task { try await writePatiently(work, until: stop) }
        return try await withTaskCancellationHandler {
            try await writing.value
        } onCancel: {
            stop.give()
        }
    }

    private func writePatiently(
        _ work: JournalWrite, until stop: StopNotice
    ) async throws -> JournalWrite.Answer {
        let started = ContinuousClock.now
        var pause = Duration.milliseconds(50)
        while true {
            do {
                return try await commits.group.run(work)
            } catch {
                let limit = stop.isGiven ? min(patience, Self.hurriedPatience) : patience
                let mayPass = error.isTransient || error.isStorageFault
                guard mayPass, started.duration(to: .now) + pause < limit else {
                    throw LedgerFailure(error)
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }
}
