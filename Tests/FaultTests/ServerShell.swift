import TestSupport
import WorkerTestSupport

/// Shell scripts as the owner of private servers, which is the user postgres when the tests are root.
enum ServerShell {
    /// Runs one to its successful end; `$bin` is where PostgreSQL's programs are.
    static func run(_ script: String) async throws {
        let process = try TestProcess(
            "/bin/sh",
            [
                "-c",
                """
                script="cd /; bin=$(pg_config --bindir); $1"
                if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- /bin/sh -c "$script"; fi
                exec /bin/sh -c "$script"
                """, "sh", script,
            ])
        try await eventually(within: .seconds(90), "the end of a command") { !process.isRunning }
        guard try await process.waitForExit(timeout: .seconds(10)) == .code(0) else {
            throw SceneError(description: "\(script): \(process.stderr)\(process.stdout)")
        }
    }

    /// The arguments of /bin/sh that make it a program run as that user.
    static func arguments(_ program: String, _ arguments: [String]) -> [String] {
        [
            "-c",
            """
            if [ "$(id -u)" = 0 ]; then exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; fi
            exec "$@"
            """, "sh", program,
        ] + arguments
    }
}
