import KernelSupport

// Which of the ready tasks runs on a core. A change of task is the kernel's
// most frequent work: each entry is addressed once, and the other cores are
// looked at only where they have something to offer. What changes nothing is
// `mutating` all the same: of a value that is only read, the compiler passes a
// copy.

extension Scheduler {
    // MARK: - Ready

    /// Puts a task into a queue.
    mutating func makeReady(_ task: TaskIndex) {
        let (own, isPinned, priority) = tasks[task.place].queuePlace
        let core: Int
        if isPinned {
            let choices = tasks[task.place].choices
            core = choices == 0 ? own : home(of: task, among: choices)
        } else if cores.count == 1 || idleCores & 1 &<< UInt64(own) != 0 {
            core = own
        } else {
            core = home(of: task)
        }
        enqueue(task, on: core, isFirst: false)
        // An idle core is one task's: the next one goes elsewhere.
        idleCores &= ~(1 &<< UInt64(core))
        let current = cores[core].current
        if current.isNone || Int(tasks[current.place].priority) <= priority { disturb(core) }
    }

    @inline(__always)
    private mutating func enqueue(_ task: TaskIndex, on core: Int, isFirst: Bool) {
        if !isFirst { arrivals &+= 1 }
        let (priority, isPinned) = tasks[task.place].enterQueue(
            of: core, arrival: isFirst ? nil : arrivals)
        if isPinned {
            let list = cores[core].pinned.add(priority)
            lists[list].insert(task, isFirst: isFirst, in: tasks)
        } else {
            let list = cores[core].movable.add(priority)
            lists[list].insert(task, isFirst: isFirst, in: tasks)
            offeringCores |= 1 &<< UInt64(core)
        }
    }

    @inline(__always)
    mutating func dequeue(_ task: TaskIndex) {
        let (core, isPinned, priority) = tasks[task.place].queuePlace
        if isPinned {
            let list = cores[core].pinned.list(of: priority)
            lists[list].remove(task, in: tasks)
            if lists[list].isEmpty { cores[core].pinned.empty(priority) }
        } else {
            let list = cores[core].movable.list(of: priority)
            lists[list].remove(task, in: tasks)
            guard lists[list].isEmpty else { return }
            cores[core].movable.empty(priority)
            if cores[core].movable.isEmpty { offeringCores &= ~(1 &<< UInt64(core)) }
        }
    }

    /// The core whose queue a task goes to that may have any, and whose own is
    /// not idle.
    @inline(never)
    private mutating func home(of task: TaskIndex) -> Int {
        let (own, _, priority) = tasks[task.place].queuePlace
        if idleCores != 0 { return idleCores.trailingZeroBitCount }
        var found = own
        // A core that is no more idle has a task of its own coming.
        var least = max(runningPriority(of: own), 0)
        if least < priority { return own }
        for core in 0..<cores.count where max(runningPriority(of: core), 0) < least {
            found = core
            least = max(runningPriority(of: core), 0)
        }
        return least < priority ? found : own
    }

    /// The priority of the task that runs on a core; -1: none does.
    private mutating func runningPriority(of core: Int) -> Int {
        let current = cores[core].current
        return current.isNone ? -1 : Int(tasks[current.place].priority)
    }

    // MARK: - Choosing

    /// What a core does next.
    public struct Choice: Sendable {
        /// The task that runs on it; `none`: the core is idle.
        public var task: TaskIndex
        /// A yield has something to do: another task may go first, or the
        /// running one stops.
        public var isContended: Bool
        /// When the core has to look again: a task's time comes, or the
        /// running task's slice ends and an equal waits; `.max`: never.
        public var nextEvent: UInt64
    }

    /// What the core does now.
    public mutating func choice(on core: Int) -> Choice {
        let current = cores[core].current
        let timer = cores[core].timers.earliest(in: tasks) ?? .max
        if current.isNone { return Choice(task: .none, isContended: true, nextEvent: timer) }
        let best = cores[core].best
        let (priority, stops) = tasks[current.place].standing
        if best < priority { return Choice(task: current, isContended: stops, nextEvent: timer) }
        return Choice(
            task: current, isContended: true, nextEvent: min(timer, cores[core].sliceEnd))
    }

    /// Whether a more urgent task than the running one can run on the core.
    public mutating func hasMoreUrgent(on core: Int) -> Bool {
        let priority = runningPriority(of: core)
        return cores[core].best > priority || strongest(than: priority, for: core) != nil
    }

    /// Whether `reschedule` would choose another task: a more urgent one, or
    /// an equal because the running one's slice has ended.
    public mutating func wantsChange(on core: Int, at now: UInt64) -> Bool {
        if hasMoreUrgent(on: core) { return true }
        let current = cores[core].current
        return !current.isNone && cores[core].best == Int(tasks[current.place].priority)
            && now >= cores[core].sliceEnd
    }

    /// Chooses the task that runs on `core` from now on.
    ///
    /// - Parameter isYield: The running task lets equals go first.
    /// - Returns: `none`: nothing can run.
    public mutating func reschedule(
        _ core: Int, at now: UInt64, isYield: Bool = false
    ) -> TaskIndex {
        let current = cores[core].current
        if !current.isNone {
            let isRunning = tasks[current.place].charge(until: now, to: &spentTime)
            if isRunning, !givesWay(current, on: core, at: now, isYield: isYield) {
                offerWaiting()
                return current
            }
        }
        let best = cores[core].best
        let other = strongest(than: best, for: core)
        guard best >= 0 || other != nil else {
            if !current.isNone { cores[core].idleSince = now }
            cores[core].current = .none
            idleCores |= 1 &<< UInt64(core)
            return .none
        }
        if current.isNone { cores[core].endIdle(at: now) }
        let next = takeBest(best, for: core, from: other)
        put(next, on: core, at: now)
        offerWaiting()
        return next
    }

    /// The usual yield: the running task goes behind its equals, of which there
    /// are some, and nothing else is to be looked at.
    ///
    /// - Returns: The task that runs from now on, and when the core has to look
    ///   again; `nil`, and nothing done: `reschedule` must choose.
    @inline(__always)
    public mutating func takeTurn(
        on core: Int, at now: UInt64
    ) -> (task: TaskIndex, nextEvent: UInt64)? {
        let current = cores[core].current
        if current.isNone || offeringCores & ~(1 &<< UInt64(core)) != 0 { return nil }
        guard let (priority, isPinned) = tasks[current.place].turn,
            let list = cores[core].equals(of: priority, isPinned: isPinned)
        else { return nil }
        arrivals &+= 1
        tasks[current.place].giveTurn(at: now, arrival: arrivals, to: &spentTime)
        let next = lists[list].rotate(current, in: tasks)
        let left = tasks[next.place].run(on: core, at: now)
        let sliceEnd = now.saturatingSum(left)
        cores[core].run(next, until: sliceEnd)
        return (next, min(sliceEnd, cores[core].timers.earliest(in: tasks) ?? .max))
    }

    /// The usual end of a turn: the running task waits from now on, and the
    /// core's own queue has the next.
    ///
    /// - Returns: That task, and what the core has to know; `nil`, and nothing
    ///   done: `reschedule` must choose.
    @inline(__always)
    public mutating func takeNext(on core: Int, at now: UInt64) -> Choice? {
        let current = cores[core].current
        if current.isNone || offeringCores & ~(1 &<< UInt64(core)) != 0 { return nil }
        guard let (priority, isPinned) = cores[core].only else { return nil }
        let list = isPinned ? cores[core].pinned.list(of: priority) : cores[core].movable.list(of: priority)
        if tasks[current.place].charge(until: now, to: &spentTime) { return nil }
        let next = lists[list].takeFirst(in: tasks)
        let isAlone = lists[list].isEmpty
        if isAlone {
            if isPinned {
                cores[core].pinned.empty(priority)
            } else {
                cores[core].movable.empty(priority)
                if cores[core].movable.isEmpty { offeringCores = 0 }
            }
        }
        let left = tasks[next.place].run(on: core, at: now)
        let sliceEnd = now.saturatingSum(left)
        cores[core].run(next, until: sliceEnd)
        offerWaiting()
        let timer = cores[core].timers.earliest(in: tasks) ?? .max
        return Choice(
            task: next, isContended: !isAlone || tasks[next.place].stopsAtYield,
            nextEvent: isAlone ? timer : min(timer, sliceEnd))
    }

    /// Whether a core that went idle would find a task to run.
    public mutating func hasReady(for core: Int) -> Bool {
        offeringCores != 0 || !cores[core].pinned.isEmpty
    }

    /// The usual end of a wake: what has become ready is no more urgent than
    /// the task that runs on this core, which goes on.
    ///
    /// - Returns: When the core has to look again; `nil`, and nothing done:
    ///   there is more to do.
    @inline(__always)
    public mutating func goOn(on core: Int) -> UInt64? {
        let current = cores[core].current
        let own: UInt64 = 1 &<< UInt64(core)
        guard disturbed == own, offeringCores & ~own == 0, !current.isNone,
            cores[core].best == Int(tasks[current.place].priority)
        else { return nil }
        disturbed = 0
        return min(cores[core].timers.earliest(in: tasks) ?? .max, cores[core].sliceEnd)
    }

    /// Tells the core with the least urgent task if a more urgent one waits
    /// somewhere that it could run.
    @inline(__always)
    private mutating func offerWaiting() {
        // Nobody has anything to offer, or there is nobody to take it.
        if offeringCores != 0 && cores.count > 1 { offerWaitingToOthers() }
    }

    @inline(never)
    private mutating func offerWaitingToOthers() {
        var waiting = -1
        var least = Int.max
        var found = 0
        for core in 0..<cores.count {
            waiting = max(waiting, cores[core].movable.best)
            let priority = runningPriority(of: core)
            if priority < least {
                least = priority
                found = core
            }
        }
        if waiting > least { disturb(found) }
    }

    /// Lets a task give way to its equals after a slice, as all do at first, or not.
    public mutating func setTakesTurns(of task: TaskIndex, _ takesTurns: Bool, at now: UInt64) {
        let slice = takesTurns ? Self.slice : .max
        tasks[task.place].slice = slice
        tasks[task.place].sliceLeft = slice
        guard tasks[task.place].state == .running else { return }
        let core = Int(tasks[task.place].core)
        cores[core].sliceEnd = now.saturatingSum(slice)
        disturb(core)
    }

    /// Puts the running task back into the queue if another goes first.
    @inline(__always)
    private mutating func givesWay(
        _ current: TaskIndex, on core: Int, at now: UInt64, isYield: Bool
    ) -> Bool {
        let priority = Int(tasks[current.place].priority)
        let sliceEnd = cores[core].sliceEnd
        let isOver = isYield || now >= sliceEnd
        let best = cores[core].best
        let isMoreUrgent = best > priority || strongest(than: priority, for: core) != nil
        guard isMoreUrgent || best == priority && isOver else {
            if isOver { cores[core].sliceEnd = now.saturatingSum(tasks[current.place].slice) }
            return false
        }
        tasks[current.place].sliceLeft = isOver ? tasks[current.place].slice : sliceEnd &- now
        enqueue(current, on: core, isFirst: !isOver)
        return true
    }

    /// The core that has a task for others which is more urgent than
    /// `priority`, of such cores the one with the most urgent.
    @inline(__always)
    private mutating func strongest(than priority: Int, for core: Int) -> Int? {
        let others = offeringCores & ~(1 &<< UInt64(core))
        return others == 0 ? nil : strongest(than: priority, among: others)
    }

    @inline(never)
    private mutating func strongest(than priority: Int, among cores: UInt64) -> Int? {
        var left = cores
        var best = priority
        var found: Int? = nil
        while left != 0 {
            let other = left.trailingZeroBitCount
            left &= left &- 1
            if self.cores[other].movable.best > best {
                best = self.cores[other].movable.best
                found = other
            }
        }
        return found
    }

    /// Takes the most urgent task that the core can have out of its queue.
    ///
    /// - Parameters:
    ///   - own: The most urgent priority of the core's own.
    ///   - other: The core that has a more urgent one.
    @inline(__always)
    private mutating func takeBest(_ own: Int, for core: Int, from other: Int?) -> TaskIndex {
        if let other {
            let task = lists[cores[other].movable.list(of: cores[other].movable.best)].first
            dequeue(task)
            cores[core].steals &+= 1
            return task
        }
        let movable = lists[cores[core].movable.list(of: own)].first
        let pinned = lists[cores[core].pinned.list(of: own)].first
        let task: TaskIndex
        if pinned.isNone {
            task = movable
        } else if movable.isNone {
            task = pinned
        } else {
            task = tasks[pinned.place].arrival < tasks[movable.place].arrival ? pinned : movable
        }
        dequeue(task)
        return task
    }

    @inline(__always)
    mutating func put(_ task: TaskIndex, on core: Int, at now: UInt64) {
        let left = tasks[task.place].run(on: core, at: now)
        cores[core].run(task, until: now.saturatingSum(left))
        idleCores &= ~(1 &<< UInt64(core))
    }
}

extension TaskEntry {
    /// The task waits in a core's queue from now on; its priority, and whether
    /// it may have that core alone.
    @inline(__always)
    fileprivate mutating func enterQueue(
        of core: Int, arrival: UInt64?
    ) -> (priority: Int, isPinned: Bool) {
        state = .ready
        self.core = UInt8(truncatingIfNeeded: core)
        if let arrival { self.arrival = arrival }
        return (Int(priority), isPinned)
    }

    /// The core whose queue it is in, or ran on, whether it must, and its priority.
    @inline(__always)
    fileprivate var queuePlace: (core: Int, isPinned: Bool, priority: Int) {
        (Int(core), isPinned, Int(priority))
    }

    /// Its priority, and whether it has one core alone; `nil`: its next yield stops it.
    @inline(__always)
    fileprivate var turn: (priority: Int, isPinned: Bool)? {
        stopsAtYield ? nil : (Int(priority), isPinned)
    }

    /// It was running and waits for its next turn.
    @inline(__always)
    fileprivate mutating func giveTurn(at now: UInt64, arrival: UInt64, to sum: inout UInt64) {
        _ = charge(until: now, to: &sum)
        state = .ready
        self.arrival = arrival
        sliceLeft = slice
    }

    /// Its priority, and whether its next yield stops it.
    @inline(__always)
    fileprivate var standing: (priority: Int, stops: Bool) { (Int(priority), stopsAtYield) }

    /// Counts the time that it has run, also in the sum of all; whether it
    /// goes on running as far as it is concerned.
    @inline(__always)
    fileprivate mutating func charge(until now: UInt64, to sum: inout UInt64) -> Bool {
        if now > runningSince {
            processorTime &+= now &- runningSince
            sum &+= now &- runningSince
        }
        runningSince = now
        return state == .running
    }

    /// It is put on a core; what is left of its slice.
    @inline(__always)
    mutating func run(on core: Int, at now: UInt64) -> UInt64 {
        state = .running
        self.core = UInt8(truncatingIfNeeded: core)
        runningSince = now
        let left = sliceLeft
        sliceLeft = slice
        return left
    }
}

extension CoreEntry {
    /// The list of the tasks that are as urgent as the running one, where no
    /// other task is, and none of the other kind.
    @inline(__always)
    fileprivate mutating func equals(of priority: Int, isPinned: Bool) -> Int? {
        let (own, other) = isPinned ? (pinned, movable) : (movable, pinned)
        return own.best == priority && other.best < priority ? own.list(of: priority) : nil
    }

    /// The most urgent priority that waits here, and which queue has it; `nil`:
    /// none does, or both.
    @inline(__always)
    fileprivate var only: (priority: Int, isPinned: Bool)? {
        let (own, other) = (movable.best, pinned.best)
        return own == other ? nil : own > other ? (own, false) : (other, true)
    }

    /// The core has a task again.
    fileprivate mutating func endIdle(at now: UInt64) {
        if now > idleSince { idleTime &+= now &- idleSince }
    }

    /// The task runs from now on.
    @inline(__always)
    mutating func run(_ task: TaskIndex, until sliceEnd: UInt64) {
        current = task
        switches &+= 1
        self.sliceEnd = sliceEnd
    }
}
