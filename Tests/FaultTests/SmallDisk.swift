import Foundation
import TestSupport
import WorkerTestSupport

/// A file system of a few megabytes that belongs to the database's user.
struct SmallDisk {
    let path: String

    /// Mounts one; nil, with a line that says so, where mounting is not allowed.
    static func mount(_ path: String, megabytes: Int) async throws -> SmallDisk? {
        do {
            try await shell(
                """
                mkdir -p '\(path)' && mount -t tmpfs -o size=\(megabytes)m,mode=0700 tmpfs '\(path)' &&
                chown postgres '\(path)'
                """)
            return SmallDisk(path: path)
        } catch let error as SceneError {
            print("skipped: no file system can be mounted here: \(error)")
            return nil
        }
    }

    func unmount() { umount2(path, Int32(MNT_DETACH)) }

    static func shell(_ command: String) async throws {
        let process = try TestProcess("/bin/sh", ["-c", command])
        guard try await process.waitForExit(timeout: .seconds(60)) == .code(0) else {
            throw SceneError(description: "\(command): \(process.stderr)")
        }
    }
}
