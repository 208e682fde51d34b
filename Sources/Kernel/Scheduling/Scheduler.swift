import KernelSupport

/// Which task runs on which core, and which wait for what: policy alone. Time
/// is an argument, in nanoseconds of a clock that only goes forward; nothing
/// here touches a stack, a timer or another core.
///
/// A task runs only when no task of a larger priority can; equals take turns
/// of `slice`. A ready task belongs to one core's queue: its own core's, or
/// one that is idle or runs something less urgent. A core takes a task from
/// another core's queue when that is more urgent than all it has itself, and
/// so anything when it has nothing.
///
/// One caller at a time. What a call changes on cores is left in
/// `disturbedCores`, which its caller tells.
public struct Scheduler: ~Copyable {
    public var tasks: SlotStorage<TaskEntry>
    var cores: SlotStorage<CoreEntry>
    /// First the lists of waiting tasks, then those of the cores' queues.
    var lists: SlotStorage<TaskList>
    /// A bit for each core: it runs tasks; nothing runs on it.
    public private(set) var onlineCores: UInt64 = 0
    public internal(set) var idleCores: UInt64 = 0
    /// Cores with a ready task that others may take.
    var offeringCores: UInt64 = 0
    /// Cores that have to `reschedule`, or to look at `choice` again.
    var disturbed: UInt64 = 0
    /// Tasks that were started and have not ended.
    public private(set) var livingTasks = 0
    private var freePlaces = TaskList()
    /// Ended tasks that nobody has joined, the oldest first.
    private var endedTasks = TaskList()
    var arrivals: UInt64 = 0
    var timerOrders: UInt64 = 0
    /// Processor time of all tasks until each was last put on a core.
    var spentTime: UInt64 = 0

    /// Cores at most: bits of a word.
    public static let maximumCores = 64
    /// Priorities are 0 to this.
    public static let highestPriority = RunQueue.highestPriority
    /// How long a task runs before an equal has its turn, in nanoseconds.
    public static let slice: UInt64 = 5_000_000

    /// - Parameters:
    ///   - tasks, cores, lists: Storage with room for what `addPlaces` and
    ///     `addCore` will say, and for `listCount` lists.
    public init(
        tasks: SlotStorage<TaskEntry>, cores: SlotStorage<CoreEntry>,
        lists: SlotStorage<TaskList>
    ) {
        self.tasks = tasks
        self.cores = cores
        self.lists = lists
        self.lists.grow(to: WaitKey.bucketCount, filler: TaskList())
    }

    // MARK: - Room

    /// Lists that are needed for so many cores.
    public static func listCount(cores: Int) -> Int {
        WaitKey.bucketCount + cores * CoreEntry.listCount
    }

    /// Lets a core run tasks; it is idle.
    ///
    /// - Returns: The core's number, from 0 on.
    public mutating func addCore(at now: UInt64 = 0) -> Int {
        let core = cores.count
        let firstList = lists.count
        lists.grow(to: firstList + CoreEntry.listCount, filler: TaskList())
        cores.grow(to: core + 1, filler: CoreEntry(firstList: firstList, at: now))
        onlineCores |= 1 << UInt64(core)
        idleCores |= 1 << UInt64(core)
        return core
    }

    /// Whether a task can be made without `addPlaces`.
    public var hasPlace: Bool { !freePlaces.isEmpty }

    /// Makes room for so many tasks together; their memory is there.
    public mutating func addPlaces(to count: Int) {
        var place = tasks.count
        tasks.grow(to: count, filler: TaskEntry(identifier: .first))
        while place < count {
            let index = TaskIndex(place)
            tasks[place].identifier = TaskIdentifier(index, generation: 0)
            freePlaces.append(index, in: tasks)
            place += 1
        }
    }

    // MARK: - Beginning and end

    /// Takes a place for a task, which `start` or `abandon` must follow.
    ///
    /// - Returns: `none` when all places are taken and no task that has ended
    ///   can be forgotten.
    public mutating func makeTask(priority: UInt8, core: Int?, by creator: Int) -> TaskIndex {
        if freePlaces.isEmpty {
            let oldest = endedTasks.first
            guard !oldest.isNone, tasks[oldest.place].isReaped else { return .none }
            endedTasks.remove(oldest, in: tasks)
            forget(oldest)
        }
        let task = freePlaces.first
        freePlaces.remove(task, in: tasks)
        var entry = TaskEntry(identifier: tasks[task.place].identifier)
        entry.state = .new
        entry.basePriority = priority
        entry.priority = priority
        // Where there is one core there is nothing to choose.
        entry.isPinned = core != nil && cores.count > 1
        entry.core = UInt8(core ?? creator)
        entry.sliceLeft = Self.slice
        entry.context = tasks[task.place].context
        tasks[task.place] = entry
        return task
    }

    /// The first free place that keeps its last task's memory; nothing is
    /// done with it. Places that keep some come before those that do not.
    public var keptPlace: TaskIndex {
        let first = freePlaces.first
        return !first.isNone && tasks[first.place].context.isKept ? first : .none
    }

    /// The place of `keptPlace` keeps nothing from now on: it becomes the last.
    public mutating func emptyKeptPlace() {
        let task = freePlaces.first
        freePlaces.remove(task, in: tasks)
        tasks[task.place].context = TaskContext()
        freePlaces.append(task, in: tasks)
    }

    /// The task cannot be started after all.
    public mutating func abandon(_ task: TaskIndex) { forget(task) }

    /// - Parameter isService: It is the kernel's own, never ends, and the program ends without it.
    public mutating func start(_ task: TaskIndex, isService: Bool = false) {
        if !isService { livingTasks += 1 }
        makeReady(task)
    }

    /// The task that `core` runs is this one: the way the first task comes
    /// in. It has run since the clock's zero.
    public mutating func adopt(_ task: TaskIndex, on core: Int, at now: UInt64) {
        livingTasks += 1
        tasks[task.place].core = UInt8(core)
        put(task, on: core, at: now)
        tasks[task.place].runningSince = 0
    }

    /// The running task ends; `reschedule` must follow.
    public mutating func endCurrent(on core: Int, status: Int32) {
        let task = cores[core].current
        tasks[task.place].state = .ended
        tasks[task.place].status = status
        livingTasks -= 1
        if tasks[task.place].isJoined {
            _ = wake(WaitKey(.join, UInt64(task.place)), count: 1)
        } else {
            endedTasks.append(task, in: tasks)
        }
    }

    /// An ended task's stack is left: nothing of it is needed any more.
    public mutating func reap(_ task: TaskIndex) {
        tasks[task.place].isReaped = true
        if tasks[task.place].isJoined { forget(task) }
    }

    private mutating func forget(_ task: TaskIndex) {
        tasks[task.place].state = .free
        tasks[task.place].identifier = tasks[task.place].identifier.successor
        if tasks[task.place].context.isKept {
            freePlaces.prepend(task, in: tasks)
        } else {
            freePlaces.append(task, in: tasks)
        }
    }

    /// What `join` found.
    public enum Join: Equatable, Sendable {
        /// There is no such task, or another has joined it.
        case noTask
        /// It is the caller.
        case itself
        /// It had ended.
        case done
        /// The caller is blocked until then; `reschedule` must follow.
        case waits
    }

    /// The task that runs on `core` joins another.
    public mutating func join(_ identifier: TaskIdentifier, on core: Int) -> Join {
        let task = find(identifier)
        if task.isNone { return .noTask }
        if task == cores[core].current { return .itself }
        if tasks[task.place].isJoined { return .noTask }
        tasks[task.place].isJoined = true
        if tasks[task.place].state == .ended {
            endedTasks.remove(task, in: tasks)
            if tasks[task.place].isReaped { forget(task) }
            return .done
        }
        blockCurrent(on: core, for: WaitKey(.join, UInt64(task.place)), until: .max)
        return .waits
    }

    /// The task with that number, also an ended one that nobody has joined.
    public mutating func find(_ identifier: TaskIdentifier) -> TaskIndex {
        let index = identifier.index
        guard !index.isNone, index.place < tasks.count,
            tasks[index.place].identifier == identifier
        else { return .none }
        switch tasks[index.place].state {
        case .free, .new: return .none
        case .ready, .running, .blocked: return index
        case .ended: return tasks[index.place].isJoined ? .none : index
        }
    }

    @inline(__always)
    public func current(of core: Int) -> TaskIndex { cores[core].current }

    /// A core's numbers, for a report.
    public func core(_ core: Int) -> CoreEntry { cores[core] }

    /// The cores that the calls until now have disturbed.
    public mutating func takeDisturbedCores() -> UInt64 {
        defer { disturbed = 0 }
        return disturbed
    }

    /// Whether there are any.
    @inline(__always)
    public var isDisturbed: Bool { disturbed != 0 }

    /// The core has to look again.
    mutating func disturb(_ core: Int) { disturbed |= 1 << UInt64(core) }

    // MARK: - Times

    /// All tasks' processor time until now, also that of ended ones.
    public mutating func processorTime(at now: UInt64) -> UInt64 {
        var sum = spentTime
        for core in 0..<cores.count where !cores[core].current.isNone {
            let since = tasks[cores[core].current.place].runningSince
            if now > since { sum += now - since }
        }
        return sum
    }

    /// How long a core has had no task until now.
    public mutating func idleTime(of core: Int, at now: UInt64) -> UInt64 {
        let entry = cores[core]
        guard entry.current.isNone, now > entry.idleSince else { return entry.idleTime }
        return entry.idleTime + (now - entry.idleSince)
    }

    /// A task's processor time until now.
    public mutating func processorTime(of task: TaskIndex, at now: UInt64) -> UInt64 {
        let entry = tasks[task.place]
        guard entry.state == .running, now > entry.runningSince else { return entry.processorTime }
        return entry.processorTime + (now - entry.runningSince)
    }
}
