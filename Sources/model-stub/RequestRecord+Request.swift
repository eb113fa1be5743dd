extension RequestRecord {
    /// The record of a request that is not answered yet.
    init(_ request: StubRequest, number: Int, at elapsed: Duration) {
        self.init(
            number: number, method: request.method, path: request.path,
            bodyBytes: request.body.count,
            hasAuthorization: request.header("authorization") != nil
                || request.header("x-api-key") != nil,
            idempotencyKey: request.header("idempotency-key"),
            receivedAt: elapsed.wholeMilliseconds)
    }
}
