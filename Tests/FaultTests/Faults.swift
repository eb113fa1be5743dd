import Testing

/// FAULTS 2 on real parts: a real PostgreSQL, the real binaries, real signals and sockets.
///
/// One after another: each wants the machine for itself.
@Suite("Faults", .serialized)
struct Faults {}
