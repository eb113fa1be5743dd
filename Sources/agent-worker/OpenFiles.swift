import Glibc

/// Files this process may have open.
enum OpenFiles {
    /// A call in flight holds a socket, and shells give 1,024: takes as many as the system allows.
    static func raiseLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var files = rlimit()
        guard getrlimit(resource, &files) == 0, files.rlim_cur < files.rlim_max else { return }
        files.rlim_cur = files.rlim_max
        // Refused: calls beyond the limit fail as connections that cannot be opened, and say so.
        _ = setrlimit(resource, &files)
    }
}
