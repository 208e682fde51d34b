import KernelSupport

@testable import KernelScheduling

/// Cores and tasks under a clock that the test moves.
final class Machine {
    var scheduler: Scheduler
    var now: UInt64 = 1000
    private let tasks: UnsafeMutablePointer<TaskEntry>
    private let cores: UnsafeMutablePointer<CoreEntry>
    private let lists: UnsafeMutablePointer<TaskList>

    init(cores coreCount: Int, places: Int = 64) {
        tasks = .allocate(capacity: places)
        cores = .allocate(capacity: coreCount)
        lists = .allocate(capacity: Scheduler.listCount(cores: coreCount))
        scheduler = Scheduler(
            tasks: SlotStorage(tasks, count: 0), cores: SlotStorage(cores, count: 0),
            lists: SlotStorage(lists, count: 0))
        scheduler.addPlaces(to: places)
        for _ in 0..<coreCount { _ = scheduler.addCore() }
    }

    deinit {
        tasks.deallocate()
        cores.deallocate()
        lists.deallocate()
    }

    func spawn(priority: UInt8 = 2, core: Int? = nil, by creator: Int = 0) -> TaskIndex {
        let task = scheduler.makeTask(priority: priority, core: core, by: creator)
        precondition(!task.isNone)
        scheduler.start(task)
        return task
    }

    @discardableResult
    func run(_ core: Int, isYield: Bool = false) -> TaskIndex {
        scheduler.reschedule(core, at: now, isYield: isYield)
    }

    /// What a machine does after a call: every disturbed core looks again.
    func settle() {
        while true {
            let disturbed = scheduler.takeDisturbedCores()
            if disturbed == 0 { return }
            for core in 0..<64 where disturbed & 1 << UInt64(core) != 0 { run(core) }
        }
    }

    /// Moves the clock to the next event of any core, if it is before `end`,
    /// and lets that core look.
    func step(until end: UInt64) -> Bool {
        var best: (UInt64, Int)? = nil
        for core in 0..<scheduler.cores.count {
            if let event = nextEvent(on: core), best == nil || event < best!.0 {
                best = (event, core)
            }
        }
        guard let (time, core) = best, time < end else {
            now = max(now, end)
            return false
        }
        now = max(now, time)
        scheduler.expire(on: core, at: now)
        run(core)
        settle()
        return true
    }

    func current(_ core: Int = 0) -> TaskIndex { scheduler.current(of: core) }
    func state(_ task: TaskIndex) -> TaskState { scheduler.tasks[task.place].state }
    func identifier(_ task: TaskIndex) -> TaskIdentifier { scheduler.tasks[task.place].identifier }

    func block(_ core: Int = 0, _ key: WaitKey? = nil, until: UInt64 = .max, holder: TaskIndex = .none) {
        scheduler.blockCurrent(on: core, for: key, until: until, holder: holder)
        run(core)
        settle()
    }

    func end(_ core: Int = 0, status: Int32 = 0) {
        let task = current(core)
        scheduler.endCurrent(on: core, status: status)
        run(core)
        scheduler.reap(task)
        settle()
    }

    // What #expect can't call on a value that is not copied.
    func join(_ identifier: TaskIdentifier, on core: Int) -> Scheduler.Join {
        scheduler.join(identifier, on: core)
    }
    func wake(_ key: WaitKey, count: Int) -> Int { scheduler.wake(key, count: count) }
    func nextEvent(on core: Int) -> UInt64? {
        let event = scheduler.choice(on: core).nextEvent
        return event == .max ? nil : event
    }
    func hasContender(on core: Int) -> Bool { scheduler.choice(on: core).isContended }
    func hasReady(for core: Int) -> Bool { scheduler.hasReady(for: core) }
    func core(_ core: Int) -> CoreEntry { scheduler.core(core) }
    func idleTime(of core: Int) -> UInt64 { scheduler.idleTime(of: core, at: now) }
    func setAffinity(of task: TaskIndex, _ cores: UInt64, by core: Int) -> Scheduler.Move {
        scheduler.setAffinity(of: task, cores, by: core)
    }
    func affinity(of task: TaskIndex) -> UInt64 { scheduler.affinity(of: task) }
    func endSlice(on core: Int) { scheduler.endSlice(on: core) }
    func makeTask(priority: UInt8, core: Int?, by creator: Int) -> TaskIndex {
        scheduler.makeTask(priority: priority, core: core, by: creator)
    }

    /// What must be true at any time.
    func check() -> String? {
        var seen: [Int32: String] = [:]
        func note(_ task: TaskIndex, _ place: String) -> String? {
            if let other = seen[task.rawValue] { return "\(task) is in \(other) and \(place)" }
            seen[task.rawValue] = place
            return nil
        }
        let table = scheduler.tasks
        for core in 0..<scheduler.cores.count {
            let entry = scheduler.cores[core]
            if !entry.current.isNone {
                if let problem = note(entry.current, "core \(core)") { return problem }
                if table[entry.current.place].state != .running { return "what runs is not running" }
            }
            for (queue, isPinned) in [(entry.movable, false), (entry.pinned, true)] {
                for priority in 0...30 {
                    var task = scheduler.lists[queue.list(of: priority)].first
                    if (queue.occupied >> UInt32(priority) & 1 != 0) == task.isNone { return "bitmap" }
                    while !task.isNone {
                        if let problem = note(task, "queue \(core)") { return problem }
                        let it = table[task.place]
                        if it.state != .ready || Int(it.priority) != priority || Int(it.core) != core
                            || it.isPinned != isPinned
                        {
                            return "what is queued is not as its queue"
                        }
                        task = it.next
                    }
                }
            }
        }
        for bucket in 0..<WaitKey.bucketCount {
            var task = scheduler.lists[bucket].first
            var last = 31
            while !task.isNone {
                if let problem = note(task, "bucket") { return problem }
                let it = table[task.place]
                if it.state != .blocked || it.key.bucket != bucket { return "bucket's task" }
                if Int(it.priority) > last { return "bucket's order" }
                last = Int(it.priority)
                task = it.next
            }
        }
        var living = 0
        for place in 0..<table.count {
            switch table[place].state {
            case .ready, .running:
                living += 1
                if seen[Int32(place)] == nil { return "task \(place) is lost" }
            case .blocked:
                living += 1
                if seen[Int32(place)] == nil && !table[place].isTimed { return "nothing wakes task \(place)" }
            default: if seen[Int32(place)] != nil { return "task \(place) is none" }
            }
        }
        return living == scheduler.livingTasks ? nil : "count of living tasks"
    }
}

/// Numbers that a seed determines (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
