import KernelSupport

// Which cores a task may run on. A task that may have some only is never taken
// by other cores, as one that has one core alone; which of its cores it goes to
// is chosen whenever it becomes ready.

extension Scheduler {
    /// What has to follow a change of a task's cores.
    public enum Move: Equatable, Sendable {
        /// Nothing: it is where it may be, or will be when it is ready.
        case none
        /// It runs on the caller's core and must leave it: `reschedule`.
        case reschedule
        /// It runs on another core, which it must leave: when it no longer
        /// runs there, the same call again moves it.
        case evict(from: Int)
    }

    /// The cores that a task may run on, of those that there are.
    public mutating func affinity(of task: TaskIndex) -> UInt64 {
        let (isPinned, choices, core) = tasks[task.place].binding
        if !isPinned { return onlineCores }
        return choices == 0 ? 1 << UInt64(core) : choices
    }

    /// Says which cores a task may run on.
    ///
    /// - Parameters:
    ///   - choices: A bit for each; at least one of them is there.
    ///   - core: The caller's.
    public mutating func setAffinity(of task: TaskIndex, _ choices: UInt64, by core: Int) -> Move {
        let choices = choices & onlineCores
        let isPinned = choices != onlineCores
        let state = tasks[task.place].state
        // The queues of those that may move and of those that may not are two.
        if state == .ready { dequeue(task) }
        tasks[task.place].isPinned = isPinned
        tasks[task.place].choices = isPinned ? choices : 0
        switch state {
        case .ready: makeReady(task)
        case .running:
            let own = Int(tasks[task.place].core)
            if choices & 1 << UInt64(own) != 0 {
                // What it may do now others may take.
                disturb(own)
                return .none
            }
            guard own == core else { return .evict(from: own) }
            makeReady(task)
            return .reschedule
        default: break
        }
        return .none
    }

    /// The task that runs on a core gives way to its equals when the core looks
    /// next, though it take no turns.
    public mutating func endSlice(on core: Int) {
        cores[core].sliceEnd = 0
        disturb(core)
    }

    /// The core whose queue a task goes to that may have some only: an idle one,
    /// else the one with the least urgent task, its last one before its equals.
    @inline(never)
    mutating func home(of task: TaskIndex, among choices: UInt64) -> Int {
        let own = Int(tasks[task.place].core)
        let idle = choices & idleCores
        let mayStay = choices & 1 << UInt64(own) != 0
        if idle != 0 { return mayStay && idle & 1 << UInt64(own) != 0 ? own : idle.trailingZeroBitCount }
        var found = mayStay ? own : choices.trailingZeroBitCount
        var left = choices
        while left != 0 {
            let core = left.trailingZeroBitCount
            left &= left &- 1
            if load(of: core) < load(of: found) { found = core }
        }
        return found
    }

    /// The priority of the most urgent task that a core has, running or ready; -1: none.
    private mutating func load(of core: Int) -> Int {
        let current = cores[core].current
        let running = current.isNone ? -1 : Int(tasks[current.place].priority)
        return max(running, cores[core].best)
    }
}

extension TaskEntry {
    fileprivate var binding: (isPinned: Bool, choices: UInt64, core: UInt8) { (isPinned, choices, core) }
}
