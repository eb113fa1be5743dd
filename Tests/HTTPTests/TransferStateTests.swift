import Testing

@testable import HTTP

@Suite("Transfer state")
struct TransferStateTests {
    let start = ContinuousClock.now
    let limits = TransferLimits(
        idle: .seconds(10), total: .seconds(60), maxBodyBytes: 100, maxHeaderBytes: 1000)

    func state() -> TransferState { TransferState(limits: limits, started: start) }

    /// Feeds header lines and returns the last verdict.
    @discardableResult
    func feed(
        _ state: inout TransferState, _ lines: [String], after: Duration = .zero
    ) -> TransferState.HeaderVerdict? {
        var last: TransferState.HeaderVerdict?
        for line in lines {
            last = Array(line.utf8).withUnsafeBytes { state.header($0, at: start + after) }
        }
        return last
    }

    @Test("the final response counts, not an interim one")
    func interim() {
        var state = state()
        state.connected(allowed: true, at: start)
        #expect(feed(&state, ["HTTP/1.1 103 Hints\r\n", "A: 1\r\n", "\r\n"]) == .proceed)
        #expect(state.phase == .awaiting)
        #expect(
            feed(&state, ["HTTP/1.1 200 OK\r\n", "B: 1\r\n", " 2\r\n", "\r\n"]) == .headComplete)
        #expect(state.phase == .body)
        #expect(state.status == 200)
        #expect(state.headers == ["B": "1 2"])
        #expect(feed(&state, ["Trailer: 1\r\n"]) == .proceed)
        #expect(state.headers["Trailer"] == nil)
    }

    @Test("header lines are counted over the whole response, trailers included")
    func headerLimit() {
        var state = state()
        state.connected(allowed: true, at: start)
        let line = "N: " + String(repeating: "x", count: 395) + "\r\n"
        #expect(feed(&state, ["HTTP/1.1 200 OK\r\n", line, "\r\n"]) == .headComplete)
        #expect(feed(&state, [line]) == .proceed)
        #expect(feed(&state, [line]) == .abort)
        #expect(state.failure(.writeError)?.code == .headersTooLarge)
    }

    @Test("body bytes are counted, and the first byte too many ends the transfer")
    func bodyLimit() {
        var state = state()
        let verdicts = [60, 40, 1].map { state.received($0, at: start) }
        #expect(verdicts == [true, true, false])
        #expect(state.failure(.writeError)?.code == .bodyTooLarge)
    }

    @Test("the first reason to end a transfer stands")
    func firstReason() {
        var state = state()
        state.end(.cancelled)
        state.end(.shutdown)
        #expect(state.failure(.ok)?.code == .cancelled)
    }

    @Test("while connecting only the total deadline is ours")
    func connecting() {
        let state = state()
        #expect(state.nextDeadline == start + .seconds(60))
        #expect(state.deadline(passedAt: start + .seconds(59)) == nil)
        #expect(state.deadline(passedAt: start + .seconds(60)) == .total)
    }

    @Test("every byte puts the idle deadline off, up to the total one")
    func idle() {
        var state = state()
        state.connected(allowed: true, at: start + .seconds(5))
        #expect(state.nextDeadline == start + .seconds(15))
        state.sentSome(at: start + .seconds(6))
        #expect(state.nextDeadline == start + .seconds(16))
        feed(&state, ["HTTP/1.1 200 OK\r\n"], after: .seconds(8))
        #expect(state.nextDeadline == start + .seconds(18))
        _ = state.received(1, at: start + .seconds(20))
        #expect(state.deadline(passedAt: start + .seconds(29)) == nil)
        #expect(state.deadline(passedAt: start + .seconds(30)) == .idle)
        _ = state.received(1, at: start + .seconds(55))
        #expect(state.nextDeadline == start + .seconds(60))
        #expect(state.deadline(passedAt: start + .seconds(61)) == .total)
    }

    @Test("silence does not count while the reader holds the transfer back")
    func paused() {
        var state = state()
        state.connected(allowed: true, at: start)
        state.paused()
        #expect(state.deadline(passedAt: start + .seconds(50)) == nil)
        #expect(state.nextDeadline == start + .seconds(60))
        state.resumed(at: start + .seconds(45))
        #expect(state.nextDeadline == start + .seconds(55))
    }

    @Test(
        "a failed connect is a refusal only when every address was refused",
        arguments: [
            ([false], HTTPError.Code.addressRefused), ([false, false], .addressRefused),
            ([false, true], .connect), ([true], .connect), ([], .connect),
        ])
    func refusals(judgements: [Bool], code: HTTPError.Code) {
        var state = state()
        for allowed in judgements { state.judgedAddress(allowed: allowed) }
        #expect(state.failure(.couldNotConnect)?.code == code)
    }

    @Test("success without a complete header section is none")
    func noHead() {
        var state = state()
        state.connected(allowed: true, at: start)
        #expect(state.failure(.ok)?.code == .truncated)
        feed(&state, ["HTTP/1.1 204 No Content\r\n", "\r\n"])
        #expect(state.failure(.ok) == nil)
    }

    @Test(
        "libcurl's codes have their meaning by phase: while connecting, awaiting, in the body",
        arguments: [
            (3, .invalidURL, .invalidURL, .invalidURL),
            (1, .invalidURL, .protocolError, .protocolError),
            (6, .resolve, .resolve, .resolve), (7, .connect, .connect, .connect),
            (35, .tls, .tls, .tls), (60, .tls, .tls, .tls), (58, .tls, .tls, .tls),
            (77, .tls, .tls, .tls), (28, .timeout, .timeout, .timeout),
            (18, .truncated, .truncated, .truncated), (52, .reset, .reset, .truncated),
            (55, .reset, .reset, .truncated), (56, .reset, .reset, .truncated),
            (65, .reset, .reset, .truncated), (42, .reset, .reset, .truncated),
            (92, .reset, .reset, .truncated), (16, .reset, .reset, .truncated),
            (63, .bodyTooLarge, .bodyTooLarge, .bodyTooLarge),
            (27, .protocolError, .headersTooLarge, .protocolError),
            (8, .protocolError, .protocolError, .protocolError),
            (999, .protocolError, .protocolError, .protocolError),
        ] as [(UInt32, HTTPError.Code, HTTPError.Code, HTTPError.Code)])
    func codes(
        _ row: (UInt32, HTTPError.Code, HTTPError.Code, HTTPError.Code)
    ) {
        let result = CurlResult(rawValue: row.0)
        #expect(TransferFailure(result, phase: .connecting).code == row.1)
        #expect(TransferFailure(result, phase: .awaiting).code == row.2)
        #expect(TransferFailure(result, phase: .body).code == row.3)
        let deadline = TransferFailure(result, phase: .connecting).deadline
        #expect(deadline == (row.0 == 28 ? .connect : nil))
    }
}

extension CurlResult {
    fileprivate static let ok = CurlResult(rawValue: 0)
    fileprivate static let writeError = CurlResult(rawValue: 23)
}
