/// One thing the server does on a connection, in order, to answer a request.
enum WireStep: Equatable {
    /// Write these bytes; the next step starts once they left for the kernel.
    case send([UInt8])
    /// Write this block so many times, waiting for the socket between two of them.
    case sendRepeatedly([UInt8], times: Int)
    /// Write one byte, wait, write the next.
    case drip([UInt8], every: Duration)
    /// Let time pass.
    case wait(Duration)
    /// Never go on; only the client or the end of the server ends it.
    case hang
    /// Close in the regular way (FIN).
    case close
    /// Close with a reset (RST).
    case reset
}
