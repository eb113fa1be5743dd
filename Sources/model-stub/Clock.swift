import Glibc

/// The wall clock, in the unit the provider's replies use.
enum Clock {
    /// Whole seconds since 1970.
    static var secondsSince1970: Int { time(nil) }
}
