extension Instant {
    /// The clock in coarse units, for what is compared modulo 2^32.
    var wholeMilliseconds: UInt64 { nanoseconds / 1_000_000 }
    var wholeSeconds: UInt64 { nanoseconds / 1_000_000_000 }
}
