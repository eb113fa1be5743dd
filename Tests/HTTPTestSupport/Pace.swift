import Glibc

/// How slow a test server is on purpose.
public enum Pace {
    public static func pause(milliseconds: UInt32) {
        usleep(milliseconds * 1000)
    }
}
