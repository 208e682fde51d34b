import KernelSupport

/// Time-outs as options have them: SO_RCVTIMEO, SO_SNDTIMEO.
extension SocketOption {
    /// Sets the value to a time-out's seconds and microseconds.
    ///
    /// - Parameter limit: Nanoseconds; `nil`: for ever.
    public mutating func setTimeLimit(_ limit: UInt64?) {
        let microseconds = ((limit ?? 0) + 999) / 1000
        let seconds = microseconds / 1_000_000
        value[0] = Int32(truncatingIfNeeded: seconds)
        value[1] = Int32(truncatingIfNeeded: seconds >> 32)
        value[2] = Int32(truncatingIfNeeded: microseconds % 1_000_000)
        count = 16
    }

    /// The time-out that the value is, in nanoseconds; `nil`: for ever.
    ///
    /// - Throws: `EINVAL`: it is too short; `EDOM`: no such microseconds.
    public var timeLimit: UInt64? {
        get throws(Errno) {
            guard count >= 16 else { throw .invalidArgument }
            let seconds = Int64(value[1]) << 32 | Int64(UInt32(bitPattern: value[0]))
            let microseconds = Int64(value[3]) << 32 | Int64(UInt32(bitPattern: value[2]))
            guard 0..<1_000_000 ~= microseconds else { throw .numericalArgumentOutOfDomain }
            // It is over before it begins (Linux).
            if seconds < 0 { return 0 }
            if seconds == 0 && microseconds == 0 { return nil }
            let (whole, isOver) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
            return isOver ? nil : whole.addingReportingOverflow(UInt64(microseconds) * 1000).partialValue
        }
    }
}
