import Foundation
import Synchronization

/// posix_spawn with the three standard descriptors.
enum Spawn {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Held while descriptors are made that children must not inherit.
    static let lock = Mutex(())

    /// POSIX_SPAWN_SETSID of spawn.h, a GNU extension that the Glibc module lacks.
    private static let setSessionFlag: Int16 = 0x80

    /// Starts `executable`; `newSession` takes it out of the terminal's and the tests' reach.
    static func run(
        _ executable: String, _ arguments: [String], _ environment: [String: String],
        descriptors: [Int32], newSession: Bool = false
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGMASK)
        if newSession { flags |= setSessionFlag }
        posix_spawnattr_setflags(&attributes, flags)

        let argv = ([executable] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for copy in argv + envp { free(copy) } }
        var pid: pid_t = 0
        let failure = lock.withLock { _ in
            posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
        }
        guard failure == 0 else {
            throw Failure(
                description: "cannot start \(executable): \(String(cString: strerror(failure)))")
        }
        return pid
    }
}
