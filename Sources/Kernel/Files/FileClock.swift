import KernelFileSystem
import KernelMain
import KernelTime

/// The time of day, for files.
enum FileClock {
    /// A clock that can't be read stands at 1970.
    @inline(__always)
    static func now() -> FileTime {
        guard let monotonic = MonotonicClock.now, let time = WallClock.time(at: monotonic) else {
            return startAndRead()
        }
        return FileTime(nanosecondsSinceEpoch: Int64(truncatingIfNeeded: time))
    }

    /// Nanoseconds since the boot.
    static var uptime: UInt64 {
        _ = now()
        return MonotonicClock.now ?? 0
    }

    @inline(never)
    private static func startAndRead() -> FileTime {
        guard MonotonicClock.start(origin: KernelServices.bootTicks), let monotonic = MonotonicClock.now
        else { return FileTime(nanosecondsSinceEpoch: 0) }
        _ = WallClock.start()
        let time = WallClock.time(at: monotonic) ?? monotonic
        return FileTime(nanosecondsSinceEpoch: Int64(truncatingIfNeeded: time))
    }
}
