import Foundation
import JSON
import TestSupport
import WorkerTestSupport

/// What a soak measures every second or so.
struct SoakSample: Sendable {
    /// Since the start.
    let seconds: Double
    /// The largest of the workers that live.
    let residentMegabytes: Double
    let descriptors: Double
    /// From due to claimed, the 99th percentile of the last jobs, in milliseconds.
    let claimMilliseconds: Double
    /// Of all tables of the product, indexes with them.
    let tableMegabytes: Double
    let deadRows: Double
    let finished: Double

    static let columns = [
        "seconds", "resident_mb", "descriptors", "claim_p99_ms", "tables_mb", "dead_rows",
        "finished",
    ]

    var values: [Double] {
        [
            seconds, residentMegabytes, descriptors, claimMilliseconds, tableMegabytes, deadRows,
            finished,
        ]
    }

    static func take(_ rig: Rig, since start: ContinuousClock.Instant) async throws -> SoakSample {
        let row = try await rig.patiently {
            try await rig.scene.row(
                """
                SELECT
                    (SELECT coalesce(percentile_cont(0.99) WITHIN GROUP (
                        ORDER BY extract(epoch FROM claimed_at - run_at) * 1000), 0)
                        FROM (SELECT claimed_at, run_at FROM jobs
                            WHERE claimed_at > clock_timestamp() - interval '5 s' AND attempt = 1
                            ORDER BY id DESC LIMIT 500) AS last)::float8 AS claim_ms,
                    (SELECT sum(pg_total_relation_size(relid)) / 1e6
                        FROM pg_stat_user_tables)::float8 AS tables_mb,
                    (SELECT sum(n_dead_tup) FROM pg_stat_user_tables)::float8 AS dead_rows,
                    (SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL)::float8 AS finished
                """)
        }
        let living = rig.crew.filter(\.isRunning).map(\.pid)
        return SoakSample(
            seconds: start.duration(to: .now) / .seconds(1),
            residentMegabytes: living.map(resident).max() ?? 0,
            descriptors: living.map(descriptors).max() ?? 0,
            claimMilliseconds: row["claim_ms"]?.doubleValue ?? 0,
            tableMegabytes: row["tables_mb"]?.doubleValue ?? 0,
            deadRows: row["dead_rows"]?.doubleValue ?? 0,
            finished: row["finished"]?.doubleValue ?? 0)
    }

    private static func resident(_ pid: pid_t) -> Double {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line.flatMap { Double($0.filter(\.isNumber)) } ?? 0) / 1024
    }

    private static func descriptors(_ pid: pid_t) -> Double {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        return Double(names?.count ?? 0)
    }
}
