import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("approvers", .serialized, .timeLimit(.minutes(2)))
struct ApproverTests {
    static let database = SuiteDatabase(migrated: true)

    struct Votes: Sendable, CustomTestStringConvertible {
        let type: String
        let votes: [(String, Approval.Decision)]
        let answers: [String]
        let decision: String?

        init(
            _ type: String, _ votes: [(String, Approval.Decision)], _ answers: [String],
            _ decision: String?
        ) {
            self.type = type
            self.votes = votes
            self.answers = answers
            self.decision = decision
        }

        var testDescription: String { "\(type) \(votes)" }
    }

    static let ballots = [
        Votes("any", [("b", .reject)], ["resumed"], "reject"),
        Votes("all", [("a", .approve)], ["recorded, 1 of 3"], nil),
        Votes(
            "all", [("a", .approve), ("b", .reject)], ["recorded, 1 of 3", "resumed"], "reject"),
        Votes(
            "all", [("a", .approve), ("b", .approve), ("c", .approve)],
            ["recorded, 1 of 3", "recorded, 2 of 3", "resumed"], "approve"),
        Votes(
            "majority", [("a", .reject), ("b", .approve), ("c", .approve)],
            ["recorded, 1 of 3", "recorded, 2 of 3", "resumed"], "approve"),
        Votes(
            "majority", [("c", .reject), ("b", .reject)], ["recorded, 1 of 3", "resumed"],
            "reject"),
    ]

    @Test("any, all or a majority of the approvers decide", arguments: ballots)
    func approvers(votes: Votes) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let event = JournalFixture.event(request: [
                "approvers": ["a", "b", "c"], "approvalType": .string(votes.type),
            ])
            try await fixture.suspend(event)
            var answers: [String] = []
            for (name, decision) in votes.votes {
                answers.append(try await fixture.approve(decision, by: name))
            }
            #expect(answers == votes.answers)
            guard let decision = votes.decision else {
                #expect(try await fixture.job()["state"] == "waiting")
                return
            }
            let answer = try await fixture.answer(to: event)
            #expect(answer["decision"] == .string(decision))
            #expect(
                answer["responses"]?.arrayValue?.compactMap { $0["approver"]?.stringValue }
                    == votes.votes.map(\.0))
        }
    }

    static let refusals: [(String, String)] = [
        ("approve_job($1, 'zoe', 'approve', 'c')", "zoe is not among those"),
        ("approve_job($1, 'a', 'approve')", "a comment is required"),
        ("approve_job($1, 'a', 'perhaps', 'c')", "decision must be approve or reject"),
        ("approve_job($1, ' ', 'approve', 'c')", "approver must name who decided"),
    ]

    @Test("an answer that does not fit is refused and changes nothing", arguments: refusals)
    func refused(call: String, message: String) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(

                JournalFixture.event(request: [
                    "approvers": ["a", "b"], "approvalType": "all", "requireComment": true,
                ]))
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.connection.query("SELECT \(call)", [.int64(fixture.jobID)])
            }
            #expect(error?.message.contains(message) == true)
            #expect(error?.sqlState == "22023")
            #expect(try await fixture.job()["state"] == "waiting")
        }
    }
}
