import KernelFileSystem
import KernelMachine
import KernelMain
import KernelTime
import Synchronization

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

    /// A moment a minute ago at most, as a frequency of 1 GHz or more has it.
    @inline(__always)
    static var recent: FileTime {
        let ticks = TimeStampCounter.read()
        guard ticks &- recentTicks.load(ordering: .acquiring) &- never < recentSpan else {
            return look(at: ticks)
        }
        return FileTime(nanosecondsSinceEpoch: recentTime.load(ordering: .relaxed))
    }

    /// The last moment that `recent` has looked at, and how far the counter was from `never`
    /// at that moment: 0 at first, as what is not would be data in every image. Words that
    /// do not belong together are both of the last minute all the same.
    private static let recentTime = Atomic<Int64>(0)
    private static let recentTicks = Atomic<UInt64>(0)
    private static var never: UInt64 { 1 << 63 }
    private static var recentSpan: UInt64 { 1 << 35 }

    @inline(never)
    private static func look(at ticks: UInt64) -> FileTime {
        let time = now()
        recentTime.store(time.nanosecondsSinceEpoch, ordering: .relaxed)
        recentTicks.store(ticks &- never, ordering: .releasing)
        return time
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
