import CEventLoop

extension EventLoop {
    /// What to be told about a descriptor.
    public struct Interest: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Data, an end of file or a new connection can be read.
        public static let read = Interest(rawValue: 1)
        /// Data can be written, or a connect has ended.
        public static let write = Interest(rawValue: 2)
    }

    /// Calls `handler` on the loop whenever `descriptor` is ready (level-triggered), with what it
    /// is ready for; an error or hang-up is reported as everything in `interest`.
    ///
    /// On the loop only. Replaces an earlier watch of the same descriptor; an empty interest ends
    /// it. `unwatch` before closing the descriptor.
    ///
    /// Returns 0, or errno when epoll refuses the descriptor (EBADF: not open; EPERM: a file).
    @discardableResult
    public func watch(
        _ descriptor: Int32, _ interest: Interest, _ handler: @escaping @Sendable (Interest) -> Void
    ) -> Int32 {
        checkIsolated()
        guard !interest.isEmpty else {
            unwatch(descriptor)
            return 0
        }
        generation &+= 1
        var events: UInt32 = 0
        if interest.contains(.read) { events |= UInt32(EL_READ) }
        if interest.contains(.write) { events |= UInt32(EL_WRITE) }
        let token = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        let failure = el_poller_set(poller, descriptor, events, token)
        watches[descriptor] =
            failure == 0
            ? Watch(generation: generation, interest: interest, handler: handler) : nil
        return failure
    }

    /// Ends the watch of `descriptor`; events already collected for it are dropped. On the loop
    /// only; not watched is not an error.
    public func unwatch(_ descriptor: Int32) {
        checkIsolated()
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        el_poller_remove(poller, descriptor)
    }
}
