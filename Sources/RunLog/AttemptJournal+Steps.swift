import FoundationEssentials
import JSON
import Journal
import Postgres

extension AttemptJournal {
    public func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try Task.checkCancellation()
        var row = JournalledStep(
            key: StepKey.stored(step.key), kind: step.kind.rawValue,
            fingerprint: step.fingerprint, effect: step.effect, status: .claimed)
        row.tool = step.tool
        switch try await decision(on: row) {
        case .replay(let output):
            memory.count { $0.replayed += 1 }
            return output
        case .refuse: throw RunFailure.sideEffectUnknown(key: step.key)
        case .perform(let diverged):
            do {
                if step.effect == .once { try await claim(row) }
                return try await make(&row, diverged: diverged, body)
            } catch let failure as LedgerFailure {
                throw failure.runFailure
            } catch let lost as LeaseLost {
                throw lost.runFailure
            }
        }
    }

    private func claim(_ row: JournalledStep) async throws {
        let written = try await write(steps.claim(row)).written
        guard written?.isHeld == true else { throw LeaseLost("nothing was done") }
        guard written?.isKept == true else { throw RunFailure.sideEffectUnknown(key: row.key) }
        await memory.keep(row)
    }

    private func make(
        _ row: inout JournalledStep, diverged: Bool, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        let started = ContinuousClock.now
        do {
            row.output = try await body().storable()
            row.status = .done
        } catch let unknown as UnknownEffect {
            row.output = unknown.answer.storable()
            row.status = .unknown
        } catch {
            if row.effect == .once {
                try? await end(row, after: error, took: started.duration(to: .now))
            }
            throw error
        }
        let finish = steps.finish(row, took: started.duration(to: .now))
        guard try await write(finish).written?.isHeld == true else {
            throw LeaseLost("what it did is not used")
        }
        await kept(row, diverged: diverged)
        return row.output ?? .null
    }

    /// Ends a claim whose body threw: as unknown, unless the error rules the effect out.
    private func end(_ row: JournalledStep, after error: any Error, took: Duration) async throws {
        let mayHaveHappened = (error as? any EffectReporting)?.mayHaveHappened ?? true
        guard mayHaveHappened, !(error is Suspension) else {
            try await write(nil, [steps.withdraw(row.key)])
            await memory.forget(row.key)
            return
        }
        var row = row
        row.status = .unknown
        await memory.keep(row)
        // The type alone: an error's text may quote anything.
        try await write(steps.finish(row, error: "\(type(of: error))", took: took))
    }

    public func wait(for event: ExternalEvent) async throws -> JSONValue {
        try Task.checkCancellation()
        let shown = Self.shown(event)
        let key = StepKey.stored(event.key)
        do {
            let open = steps.openWait(
                key, fingerprint: shown.fingerprint, request: shown.request,
                timeout: event.timeout)
            let rows = try await write(nil, [open]).rows[0]
            return try answer(in: rows, key: event.key, reason: event.kind)
        } catch let failure as LedgerFailure {
            throw failure.runFailure
        } catch let error as PostgresError {
            throw LedgerFailure(error).runFailure
        } catch let lost as LeaseLost {
            throw lost.runFailure
        }
    }

    /// What whoever answers gets to see, with what the event is.
    static func shown(_ event: ExternalEvent) -> (request: JSONValue, fingerprint: String) {
        var request = event.request.objectValue ?? ["request": event.request]
        request["kind"] = .string(event.kind)
        let shown = JSONValue.object(request).storable()
        return (shown, Fingerprint.of(shown))
    }

    private func answer(in rows: PostgresRows, key: String, reason: String) throws -> JSONValue {
        guard let row = rows.first, try row.decode(Bool.self, "held") else {
            throw LeaseLost("nothing is waited for")
        }
        if try row.decode(Bool.self, "diverged") { memory.count { $0.divergences += 1 } }
        if try row.decode(String.self, "status") == JournalledStep.Status.done.rawValue {
            memory.count { $0.replayed += 1 }
            return try row.decode(JSONValue.self, "output")
        }
        throw Suspension(
            key: key, until: try row.decodeIfPresent(Date.self, "wait_until"), reason: reason)
    }
}
