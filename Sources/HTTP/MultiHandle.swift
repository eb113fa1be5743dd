import CCurl
import EventLoop

/// A libcurl multi handle. Belongs to the loop's thread, except that it is made on any.
final class MultiHandle {
    private let raw: UnsafeMutableRawPointer
    private var isClosed = false

    /// Traps when libcurl can't be initialised, which only happens without memory at start-up.
    init(_ configuration: HTTPClientConfiguration) {
        precondition(libraryInitialised == CURLE_OK, "libcurl can't be initialised")
        guard let raw = curl_multi_init() else { preconditionFailure("libcurl has no memory") }
        self.raw = raw
        // The bound on idle connections would otherwise follow the number of transfers.
        ccurl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, configuration.maxConnections)
        ccurl_multi_set_long(raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maxConnections)
        ccurl_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maxPerHost ?? 0)
        ccurl_multi_set_socket_callback(raw, MultiCallbacks.socket)
        ccurl_multi_set_timer_callback(raw, MultiCallbacks.timer)
    }

    deinit {
        close()
    }

    /// Where the socket and timer callbacks find their engine.
    func setCallbacks(_ context: UnsafeMutableRawPointer) {
        ccurl_multi_set_pointer(raw, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_pointer(raw, CURLMOPT_TIMERDATA, context)
    }

    func add(_ easy: EasyHandle) {
        curl_multi_add_handle(raw, easy.raw)
    }

    func remove(_ easy: EasyHandle) {
        curl_multi_remove_handle(raw, easy.raw)
    }

    /// Closes every connection.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        curl_multi_cleanup(raw)
    }

    /// `socket` is ready for `what`.
    func ready(_ socket: Int32, _ what: EventLoop.Interest) {
        var events = 0
        if what.contains(.read) { events |= CCURL_SELECT_IN }
        if what.contains(.write) { events |= CCURL_SELECT_OUT }
        var running: Int32 = 0
        curl_multi_socket_action(raw, socket, Int32(events), &running)
    }

    /// The time libcurl asked for has come.
    func timeout() {
        var running: Int32 = 0
        curl_multi_socket_action(raw, ccurl_timeout_socket, 0, &running)
    }

    /// The next transfer that has ended, with its result.
    func nextFinished() -> (handle: UnsafeMutableRawPointer, result: CurlResult)? {
        var queued: Int32 = 0
        while let message = curl_multi_info_read(raw, &queued) {
            // The message is gone once its handle is removed.
            if message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle {
                return (handle, CurlResult(ccurl_message_result(message)))
            }
        }
        return nil
    }

    /// The transfer an easy handle was made for.
    func transfer(of handle: UnsafeMutableRawPointer) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        guard ccurl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK else { return nil }
        return context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// libcurl's process-wide set-up, done once.
private let libraryInitialised = curl_global_init(ccurl_global_default)
