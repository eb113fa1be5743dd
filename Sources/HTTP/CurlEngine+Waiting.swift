/// The asynchronous side: a task waits for an event of its transfer, and its cancellation ends it.
extension CurlEngine {
    /// Starts the transfer and waits for its end.
    func response(_ transfer: Transfer) async -> Result<HTTPResponse, HTTPError> {
        await cancelling(transfer) {
            await withCheckedContinuation { continuation in
                transfer.waiter = .response(continuation)
                start(transfer)
            }
        }
    }

    /// Starts the transfer and waits for its header section.
    func head(_ transfer: Transfer) async -> Result<Transfer.Head, HTTPError> {
        await cancelling(transfer) {
            await withCheckedContinuation { continuation in
                transfer.waiter = .head(continuation)
                start(transfer)
            }
        }
    }

    /// The next bytes of the body; nil at its end. One reader at a time.
    func chunk(_ transfer: Transfer) async -> Result<[UInt8]?, HTTPError> {
        if let now = transfer.readNow() {
            resume(transfer)
            return now
        }
        return await cancelling(transfer) {
            await withCheckedContinuation { continuation in
                precondition(transfer.waiter == nil, "two readers of one body")
                transfer.waiter = .chunk(continuation)
                if Task.isCancelled { end(transfer, .cancelled) }
            }
        }
    }

    private func cancelling<Success>(
        _ transfer: Transfer, _ wait: () async -> Result<Success, HTTPError>
    ) async -> Result<Success, HTTPError> {
        await withTaskCancellationHandler {
            await wait()
        } onCancel: {
            // Through the loop's queue: behind the registration of the waiter.
            loop.execute { [weak self] in
                self?.assumeIsolated { $0.end(transfer, .cancelled) }
            }
        }
    }
}
