import Foundation

/// libfaketime, which gives a process a clock of its own.
enum FakeTime {
    /// Its library for programs with threads; nil, with a line that says so, when it is not here.
    static func library() async throws -> String? {
        let found = [
            "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/faketime",
        ]
        .map { $0 + ($0.hasSuffix("faketime") ? "" : "/faketime") + "/libfaketimeMT.so.1" }
        .first { FileManager.default.fileExists(atPath: $0) }
        if found == nil {
            print("skipped: there is no libfaketime (Debian: apt install libfaketime)")
        }
        return found
    }
}
