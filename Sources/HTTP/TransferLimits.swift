/// The limits of one transfer; see `HTTPRequest` for what each means.
struct TransferLimits: Sendable, Hashable {
    var idle: Duration
    var total: Duration
    var maxBodyBytes: Int
    var maxHeaderBytes: Int

    init(idle: Duration, total: Duration, maxBodyBytes: Int, maxHeaderBytes: Int) {
        self.idle = idle
        self.total = total
        self.maxBodyBytes = maxBodyBytes
        self.maxHeaderBytes = maxHeaderBytes
    }

    init(_ request: HTTPRequest) {
        self.init(
            idle: request.idleTimeout, total: request.totalTimeout,
            maxBodyBytes: request.maxBodyBytes, maxHeaderBytes: request.maxHeaderBytes)
    }
}
