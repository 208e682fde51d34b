/// What the scheduler knows of a core.
public struct CoreEntry: Sendable, BitwiseCopyable {
    /// The task that runs on it; `none`: the core is idle.
    public internal(set) var current = TaskIndex.none
    /// Ready tasks that any core may take, and those that only this one may.
    var movable: RunQueue
    var pinned: RunQueue
    var timers = TimerQueue()
    /// When the running task has used up its slice.
    var sliceEnd: UInt64 = .max
    /// Tasks that were put on this core, and those of them that came from
    /// another core's queue.
    public internal(set) var switches: UInt64 = 0
    public internal(set) var steals: UInt64 = 0

    /// Nanoseconds without a task, until one was last put on it.
    var idleTime: UInt64 = 0
    /// When it came to have none.
    var idleSince: UInt64

    /// Lists that each core has.
    static let listCount = 2 * RunQueue.listCount

    /// - Parameters:
    ///   - firstList: Where this core's lists start among all lists.
    ///   - now: When it starts, without a task.
    init(firstList: Int, at now: UInt64) {
        idleSince = now
        movable = RunQueue(firstList: firstList)
        pinned = RunQueue(firstList: firstList + RunQueue.listCount)
    }

    /// The most urgent priority that waits here; -1: none.
    @inline(__always)
    var best: Int { max(movable.best, pinned.best) }
}
