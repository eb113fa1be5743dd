import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The listening socket and its event loops.
struct Server {
    /// The port bound, which the kernel chose when 0 was asked for.
    let port: Int

    /// Listens and answers until the process ends. Blocks until the socket is bound.
    init(listeningOn address: ListenAddress, stub: Stub) throws(StartError) {
        Self.raiseFileLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(
                            HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
                        ConnectionHandler(stub: stub))
                }
            }
        do {
            let channel = try bootstrap.bind(host: address.host, port: address.port).wait()
            port = channel.localAddress?.port ?? address.port
        } catch {
            throw StartError(
                cannot: "listen on \(address.defaultValueDescription)", because: "\(error)")
        }
    }

    /// A thousand slow clients need more than the usual 1,024 descriptors.
    private static func raiseFileLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = setrlimit(resource, &limit)
    }
}
