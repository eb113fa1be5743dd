import CCurl
import EventLoop

/// The functions libcurl calls to have its sockets and its time watched. They run on the loop,
/// inside a call into libcurl.
enum MultiCallbacks {
    private static func engine(_ context: UnsafeMutableRawPointer) -> CurlEngine {
        Unmanaged<CurlEngine>.fromOpaque(context).takeUnretainedValue()
    }

    static let socket: curl_socket_callback = { _, socket, what, context, _ in
        guard let context else { return 0 }
        let interest: EventLoop.Interest? =
            switch Int(what) {
            case CCURL_POLL_IN: .read
            case CCURL_POLL_OUT: .write
            case CCURL_POLL_INOUT: [.read, .write]
            default: nil
            }
        engine(context).assumeIsolated { $0.watch(socket, interest) }
        return 0
    }

    static let timer: curl_multi_timer_callback = { _, milliseconds, context in
        guard let context else { return 0 }
        let delay = milliseconds < 0 ? nil : Duration.milliseconds(milliseconds)
        engine(context).assumeIsolated { $0.callBack(after: delay) }
        return 0
    }
}
