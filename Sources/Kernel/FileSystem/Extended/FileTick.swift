// The times of a disk's files go on in ticks, as Linux's do: a file that is written to again and
// again has another inode once a tick, and whoever synchronises it in between has nothing but its
// contents written. All times are of ticks, so that their order is that of the changes.

extension FileTime {
    /// Nanoseconds of a tick: a clock's that interrupts 250 times a second (CONFIG_HZ).
    private static var tick: Int64 { 4_000_000 }

    /// The start of the tick that it is in.
    public var ticked: FileTime {
        let rest = nanosecondsSinceEpoch % Self.tick
        let start = nanosecondsSinceEpoch.subtractingReportingOverflow(rest < 0 ? rest + Self.tick : rest)
        return start.overflow ? self : FileTime(nanosecondsSinceEpoch: start.partialValue)
    }
}

extension NewFile {
    /// The same in ticks.
    public var ticked: NewFile {
        var new = self
        new.now = now.ticked
        return new
    }
}
