import CCurl

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The functions libcurl calls for a transfer. All run on the client's event loop, inside a call
/// into libcurl, and ask libcurl for no more than how much it has sent.
enum TransferCallbacks {
    private static func transfer(_ context: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    static let write: ccurl_data_callback = { data, size, count, context in
        guard let context else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        // Fewer bytes than offered end the transfer.
        return switch transfer(context).receive(bytes) {
        case .taken: bytes.count
        case .pause: CCURL_WRITE_PAUSE
        case .abort: 0
        }
    }

    static let header: ccurl_data_callback = { data, size, count, context in
        guard let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: data, count: size * count)
        return transfer(context).header(line) ? line.count : 0
    }

    static let read: ccurl_data_callback = { data, size, count, context in
        guard let context else { return CCURL_READ_ABORT }
        let room = UnsafeMutableRawBufferPointer(start: data, count: size * count)
        return transfer(context).upload(into: room)
    }

    static let openSocket: curl_opensocket_callback = { context, _, address in
        guard let context, let address else { return ccurl_bad_socket }
        // The header declares the socket address at its smallest; `addrlen` bytes are there.
        let family = address.pointee.family
        let bytes = UnsafeRawBufferPointer(
            start: ccurl_socket_address(address), count: Int(address.pointee.addrlen))
        guard transfer(context).mayConnect(to: IPAddress(family: family, sockaddr: bytes)) else {
            return ccurl_bad_socket
        }
        return socket(
            family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
            address.pointee.protocol)
    }

    static let prerequest: curl_prereq_callback = { context, address, _, _, _ in
        guard let context else { return Int32(CCURL_PREREQ_ABORT) }
        let allowed = transfer(context).connected(to: address.map { String(cString: $0) })
        return Int32(allowed ? CCURL_PREREQ_OK : CCURL_PREREQ_ABORT)
    }
}
