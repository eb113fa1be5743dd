import FoundationEssentials
import JSON
import Jobs
import Journal
import Testing

extension JournalFixture {
    static func event(
        _ key: String = "ask", request: JSONValue = ["title": "Pay?"], timeout: Duration? = nil
    ) -> ExternalEvent {
        ExternalEvent(key: key, kind: "human_approval", request: request, timeout: timeout)
    }

    /// Claims the job, comes to the event, and settles the attempt as waiting.
    func suspend(_ events: ExternalEvent...) async throws {
        let job = try await claim()
        for event in events {
            let suspension = await #expect(throws: Suspension.self) {
                try await journal(job).wait(for: event)
            }
            #expect(suspension?.key == event.key && suspension?.reason == event.kind)
            #expect((suspension?.until == nil) == (event.timeout == nil))
        }
        #expect(try await settle(job, .wait) == .done)
    }

    /// The answer that the next attempt gets.
    func answer(to event: ExternalEvent) async throws -> JSONValue {
        let journal = journal(try await claim())
        return try await journal.wait(for: event)
    }
}
