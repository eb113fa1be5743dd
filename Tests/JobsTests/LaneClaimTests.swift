import FoundationEssentials
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("claim by lanes", .serialized, .timeLimit(.minutes(2)))
struct LaneClaimTests {
    static let database = SuiteDatabase(migrated: true)

    private func lane(
        _ user: String, priority: Int16 = 0, queue: String = "default"
    ) -> Lane {
        Lane(queue: queue, priority: priority, user: user)
    }

    @Test("named lanes are served in order, each as far as asked, and no other")
    func named() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for user in ["a", "b", "c"] { try await fixture.enqueueMany(5, user: user) }
            var request = fixture.claimRequest(4)
            request.look = 0
            request.lanes = [
                LaneRequest(lane: lane("c"), take: 3), LaneRequest(lane: lane("a"), take: 2),
                LaneRequest(lane: lane("b"), take: 9),
            ]
            var taken = try await fixture.queue.claim(request).jobs.map(\.userID)
            #expect(taken.sorted { $0 ?? "" < $1 ?? "" } == ["a", "c", "c", "c"])
            request.limit = 20
            request.lanes = [LaneRequest(lane: lane("a"), take: 20)]
            taken = try await fixture.queue.claim(request).jobs.map(\.userID)
            #expect(taken == ["a", "a", "a", "a"])
        }
    }

    @Test("lanes that are found go before the named ones of their priority, not of a lower number")
    func found() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.enqueueMany(9, user: "old", due: "now() - interval '1 h'")
            try await fixture.enqueueMany(1, user: "new")
            try await fixture.enqueueMany(1, user: "later", priority: 1)
            var request = fixture.claimRequest(2)
            request.lanes = [LaneRequest(lane: lane("old"), take: 2)]
            let first = try await fixture.queue.claim(request).jobs.map(\.userID)
            #expect(Set(first) == ["new", "old"])
            let second = try await fixture.queue.claim(request).jobs.map(\.userID)
            #expect(second == ["old", "old"])
            request.limit = 10
            request.lanes = [LaneRequest(lane: lane("old"), take: 10)]
            let last = try await fixture.queue.claim(request).jobs.map(\.userID)
            #expect(last.count == 7 && last.last == "later")
        }
    }

    @Test("users found at once share what is claimed")
    func share() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.enqueueMany(300, user: "many", due: "now() - interval '1 h'")
            try await fixture.enqueueMany(3, user: "few")
            let jobs = try await fixture.queue.claim(fixture.claimRequest(6)).jobs
            #expect(jobs.count { $0.userID == "few" } == 3)
        }
    }

    @Test("jobs without a user have a lane of their own")
    func nobody() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                "INSERT INTO jobs (kind) SELECT 'noop' FROM generate_series(1, 3)")
            var request = fixture.claimRequest(2)
            request.lanes = [LaneRequest(lane: lane(""), take: 2)]
            request.look = 0
            let jobs = try await fixture.queue.claim(request).jobs
            #expect(jobs.count == 2 && jobs.allSatisfy { $0.userID == nil && $0.lane.user == "" })
            #expect(try await fixture.queue.claim(fixture.claimRequest(2)).jobs.count == 1)
        }
    }

    @Test("a claim with a floor begins there, to the microsecond")
    func floor() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let ids = try await fixture.enqueueMany(6)
            var request = fixture.claimRequest(2)
            request.look = 0
            request.lanes = [LaneRequest(lane: lane("u"), take: 2)]
            let first = try await fixture.queue.claim(request).jobs
            #expect(first.map(\.id) == Array(ids[..<2]))
            // As if their claim had not happened: only the floor keeps them away.
            try await fixture.connection.query(
                """
                UPDATE jobs SET state = 'available', attempt = 0, attempt_id = NULL
                WHERE state = 'running'
                """)
            request.lanes = [LaneRequest(lane: lane("u"), take: 2, floor: first[1].place)]
            #expect(try await fixture.queue.claim(request).jobs.map(\.id) == Array(ids[1..<3]))
            request.lanes = [LaneRequest(lane: lane("u"), take: 9)]
            request.limit = 9
            let rest = try await fixture.queue.claim(request).jobs
            #expect(rest.map(\.id) == [ids[0]] + ids[3...])
        }
    }

    @Test("a walk goes from lane to lane, past future ones, and begins anew at its end")
    func walk() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for user in ["a", "b", "c", "d"] { try await fixture.enqueueMany(50, user: user) }
            try await fixture.enqueueMany(50, user: "aa", due: "now() + interval '1 h'")
            try await fixture.enqueueMany(1, user: "a", priority: 3)
            try await fixture.enqueueMany(1, user: "z", queue: "other")
            var after: Lane?
            var seen: [Lane] = []
            for (due, isDone) in [(2, false), (3, false), (0, true)] {
                let found = try await fixture.queue.findLanes(
                    queue: "default", after: after, limit: 3)
                #expect(found.lanes.count == due && found.isDone == isDone)
                seen += found.lanes
                after = found.last
            }
            #expect(seen == ["a", "b", "c", "d"].map { lane($0) } + [lane("a", priority: 3)])
        }
    }

    @Test("a claim of a sleeping worker wakes what is held no longer, and says when to look again")
    func sleeping() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let request = fixture.claimRequest(5)
            #expect(try await fixture.queue.claimOrSleep(request).due == nil)
            let ids = try await fixture.enqueueMany(2)
            try await fixture.connection.query(
                """
                UPDATE jobs SET state = 'held', hold_reason = 'r', hold_key = 'k',
                    hold_until = clock_timestamp() + interval '1 h'
                """)
            let asleep = try await fixture.queue.claimOrSleep(request)
            #expect(asleep.claim.jobs.isEmpty)
            let due = try #require(asleep.due).inSeconds
            #expect(due > 3500 && due <= 3600)
            try await fixture.connection.query("UPDATE jobs SET hold_until = clock_timestamp()")
            let awake = try await fixture.queue.claimOrSleep(request)
            #expect(awake.claim.jobs.map(\.id) == ids && awake.due == .zero)
        }
    }

    @Test("a claim that leaves out the longest due sees what fell due lately, and what holds free")
    func shortLook() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var request = fixture.claimRequest(5)
            request.looksForLongestDue = false
            request.lookBack = .seconds(60)
            let old = try await fixture.enqueueMany(1, user: "a", due: "now() - interval '1 h'")
            _ = try await fixture.enqueueMany(1, user: "b", due: "now() + interval '1 h'")
            let asleep = try await fixture.queue.claimOrSleep(request)
            #expect(asleep.claim.jobs.isEmpty)
            let due = try #require(asleep.due).inSeconds
            #expect(due > 3500 && due <= 3600)
            let fresh = try await fixture.enqueueMany(1, user: "c")
            #expect(try await fixture.queue.claim(request).jobs.map(\.id) == fresh)
            // What a hold lets go is among the longest due, wherever it stood.
            try await fixture.connection.query(
                """
                UPDATE jobs SET state = 'held', hold_reason = 'r', hold_key = 'k',
                    hold_until = clock_timestamp() WHERE id = $1
                """, [.int64(old[0])])
            let awake = try await fixture.queue.claimOrSleep(request)
            #expect(awake.claim.jobs.map(\.id) == old && awake.due == .zero)
        }
    }
}
