import Glibc

/// How slow a test server is on purpose.
public enum Pace {
    public static func pause(milliseconds: UInt32) {
        // The slowness that is tested, not a wait for anything: what it slows is awaited by events.
        usleep(milliseconds * 1000)
    }
}
