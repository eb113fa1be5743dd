/// P4: many jobs from a file.
struct BulkEnqueueScenario: Scenario {
    let number = "P4"
    let name = "bulk"
    let title = "bulk enqueue: agent-enqueue bulk, against COPY of the same rows"

    private static let bare = "COPY into a bare table"
    private static let same = "COPY into jobs, psql"

    func contest(_ bench: Bench) async throws -> Contest {
        let rows = bench.scaled(100_000, atLeast: 1_000)
        let note = String(repeating: "x", count: 120)
        let lines = (1...rows).map { row in
            #"{"kind":"generation","payload":{"prompt":"\#(note)","number":\#(row)},"user_id":"u\#(row % 1000)"}"#
        }.joined(separator: "\n")
        let copied = (1...rows).map { row in
            "generation\t{\"prompt\":\"\(note)\",\"number\":\(row)}\tu\(row % 1000)"
        }.joined(separator: "\n")
        let lineFile = try bench.files.write(lines + "\n", as: "jobs.ndjson")
        let rowFile = try bench.files.write(copied + "\n", as: "jobs.copy")
        let psql = try Programs.find("psql")
        func copy(_ name: String, _ table: String) -> Contestant {
            Contestant(name) {
                try await Self.run(rows, bench, table) { url in
                    (
                        psql,
                        [
                            "-X", "-q", "-c",
                            "\\copy \(table) (kind, payload, user_id) FROM '\(rowFile)'", url,
                        ]
                    )
                }
            }
        }
        return Contest(
            contestants: [
                Contestant("agent-enqueue bulk") {
                    try await Self.run(rows, bench, "jobs") { _ in
                        (bench.programs.enqueue, ["bulk", lineFile])
                    }
                },
                copy(Self.same, "jobs"), copy(Self.bare, "bare_jobs"),
            ],
            goals: [
                Goal(.rate, of: "agent-enqueue bulk", .ratio(to: Self.bare), .atLeast(0.85)),
                Goal(.rate, of: "agent-enqueue bulk", .ratio(to: Self.same), .atLeast(0.85)),
            ],
            notes: [
                "\(rows) rows; the bare table has the columns and defaults of jobs and its primary key, no constraint, no other index, no trigger",
                "published, quiet machine: bare COPY 113,000–127,000 rows/s; River 22,000–30,000, graphile-worker 10,000–23,000, PgQueuer 11,000–18,000",
            ])
    }

    private static func run(
        _ rows: Int, _ bench: Bench, _ table: String,
        _ command: (String) -> (program: String, arguments: [String])
    ) async throws -> Sample {
        try await bench.withDatabase { database in
            try await database.run(
                "CREATE TABLE bare_jobs (LIKE jobs INCLUDING DEFAULTS INCLUDING IDENTITY, "
                    + "PRIMARY KEY (id))")
            try await database.run("CHECKPOINT")
            let meter = try await Meter.start(database)
            let (program, arguments) = command(database.url)
            let child = try ChildProcess(
                program, arguments, environment: ["DATABASE_URL": database.url],
                files: bench.files)
            let end = try await child.end(within: .seconds(600))
            guard end.code == 0 else { throw BenchError(child.errorTail) }
            let there = try await database.number("SELECT count(*) FROM \(table)")
            guard Int(there) == rows else { throw BenchError("\(Int(there)) rows arrived") }
            var sample = try await meter.stop(count: rows, clientCPU: end.cpuSeconds)
            sample[.deadTuples] = nil
            sample[.rate] = Double(rows) / end.seconds
            return sample
        }
    }
}
