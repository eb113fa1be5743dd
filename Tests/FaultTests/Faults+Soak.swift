import Foundation
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("mixed load with a fault every few seconds, and nothing grows that should not")
    func soak() async throws {
        try await PrivateServer.run { server in
            try await Rig.play("soak, \(FaultCount.soak.components.seconds) s", on: server, crew: 3)
            {
                rig in
                let start = ContinuousClock.now
                var samples: [SoakSample] = []
                var strikes = 0
                while start.duration(to: .now) < FaultCount.soak {
                    try await rig.feed(upTo: 40)
                    try await Rig.pass(.milliseconds(700))
                    samples.append(try await SoakSample.take(rig, since: start))
                    guard samples.count % 4 == 0 else { continue }
                    try await strike(strikes, rig, server)
                    try await rig.struck(look: strikes % 20 == 0)
                    strikes += 1
                }
                try write(samples)
                try await rig.recovers()
                let row = try await rig.scene.row("SELECT count(*) AS n FROM workers")
                // Of each that was killed there is a row, for a day.
                #expect((row["n"]?.intValue ?? 0) <= strikes + 4)
                judge(samples)
            }
        }
    }

    /// The first worker of the crew is never killed: what grows in it is seen.
    private func strike(_ number: Int, _ rig: Rig, _ server: PrivateServer) async throws {
        switch number % 6 {
        case 0: try await rig.kill(1 + number % 2)
        case 1: try await rig.backends("pg_terminate_backend")
        case 2:
            rig.crew[2].terminate(SIGSTOP)
            try await Rig.pass(.milliseconds(1500))
            rig.crew[2].terminate(SIGCONT)
        case 3: try await rig.backends("pg_cancel_backend")
        case 4:
            try await rig.scene.stub.script([
                ModelStub.fault("reset", model: "gpt-4o", times: 5),
                ModelStub.fault("status:503", model: "gpt-4.1-nano", times: 3),
            ])
        default:
            try await server.crash()
            try await server.revive()
        }
    }

    /// Memory and descriptors of the second half are those of the first, within a quarter.
    private func judge(_ samples: [SoakSample]) {
        // The first minute is that of caches and pools.
        let steady = samples.filter { $0.seconds > min(60, samples.last!.seconds / 3) }
        guard FaultCount.soak >= .seconds(240), steady.count > 20 else { return }
        let first = steady.prefix(steady.count / 2)
        let second = steady.suffix(steady.count / 2)
        func median(_ part: ArraySlice<SoakSample>, _ value: (SoakSample) -> Double) -> Double {
            part.map(value).sorted()[part.count / 2]
        }
        for (name, value) in [
            ("memory", { (sample: SoakSample) in sample.residentMegabytes }),
            ("descriptors", { $0.descriptors }),
        ] {
            let before = median(first, value)
            let after = median(second, value)
            #expect(after <= before * 1.25 + 4, "\(name) grows from \(before) to \(after)")
        }
    }

    private func write(_ samples: [SoakSample]) throws {
        guard let directory = FaultCount.soakDirectory else { return }
        try SoakPlot.csv(samples).write(
            toFile: directory + "/soak.csv", atomically: true, encoding: .utf8)
        try SoakPlot.svg(samples).write(
            toFile: directory + "/soak.svg", atomically: true, encoding: .utf8)
        print("soak: \(samples.count) samples in \(directory)/soak.csv and soak.svg")
    }
}
