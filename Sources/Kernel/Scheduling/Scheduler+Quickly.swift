import KernelSupport

// The usual wake and the usual wait of a machine with one core, each in one step and with
// as few branches as there can be: an emulated processor leaves its code at every branch,
// and of these two a task that talks with another does nothing else. What is compared is
// collected in a word that is 0 where all is as usual. Whoever gets `nil` takes the long
// way, which does the same and all the rest.

extension Scheduler {
    /// Wakes the one task in the key's list, which waits for the key without a deadline and
    /// is as urgent as the running one, which goes on.
    ///
    /// - Returns: When the core has to look again; `nil`, and nothing done: `wake` must.
    @inline(__always)
    public mutating func wakeEqual(_ key: WaitKey, on core: Int) -> UInt64? {
        let waiting = lists.reference(to: key.bucket)
        let index = waiting.element.first
        let entry = cores.reference(to: core)
        let current = entry.element.current
        // The first task's entry, where there is none: it waits for nothing then.
        let task = tasks.referenceOrFirst(index.place)
        let running = tasks.referenceOrFirst(current.place)
        let priority = task.element.priority
        guard
            task.element.wakesUnusually(by: key) | index.differs(from: waiting.element.last)
                | current.isNoneWord | UInt64(priority ^ running.element.priority)
                | entry.element.moreUrgent(than: priority) | disturbed | UInt64(cores.count ^ 1) == 0
        else { return nil }
        waiting.element = TaskList()
        arrivals &+= 1
        task.element.endUsualWait(arrival: arrivals)
        let list = entry.element.movable.add(Int(priority))
        lists.reference(to: list).element.append(index, in: tasks)
        offeringCores = 1
        return min(entry.element.timers.earliestOrNever(in: tasks), entry.element.sliceEnd)
    }

    /// The running task waits for a key without a deadline, as the only one, and the core's
    /// own queue has the next.
    ///
    /// - Returns: That task, and what the core has to know; `nil`, and nothing done:
    ///   `blockCurrent` and `reschedule` must.
    @inline(__always)
    public mutating func waitAlone(for key: WaitKey, on core: Int, at now: UInt64) -> Choice? {
        let waiting = lists.reference(to: key.bucket)
        let entry = cores.reference(to: core)
        let current = entry.element.current
        let occupied = entry.element.movable.occupied
        guard
            waiting.element.first.isSomeWord | current.isNoneWord | (occupied == 0 ? 1 : 0)
                | UInt64(entry.element.pinned.occupied) | UInt64(cores.count ^ 1) == 0
        else { return nil }
        let task = tasks.reference(to: current.place)
        task.element.beginUsualWait(for: key, at: now, sum: &spentTime)
        waiting.element = TaskList(of: current)
        disturbed = 0
        let priority = entry.element.movable.best
        let list = lists.reference(to: entry.element.movable.list(of: priority))
        let index = list.element.first
        let next = tasks.reference(to: index.place)
        let behind = next.element.next
        next.element.next = .none
        list.element = behind.isNone ? TaskList() : TaskList(from: behind, to: list.element.last)
        let timer = entry.element.timers.earliestOrNever(in: tasks)
        let sliceEnd = now.saturatingSum(next.element.run(on: core, at: now))
        entry.element.run(index, until: sliceEnd)
        let stops = next.element.stopsAtYield
        guard behind.isNone else {
            tasks.reference(to: behind.place).element.previous = .none
            return Choice(task: index, isContended: true, nextEvent: min(timer, sliceEnd))
        }
        entry.element.movable.empty(priority)
        offeringCores = entry.element.movable.isEmpty ? 0 : 1
        return Choice(task: index, isContended: stops, nextEvent: timer)
    }
}

extension TaskIndex {
    /// 0 where it is a task's, and where it is none.
    @inline(__always)
    fileprivate var isNoneWord: UInt64 { UInt64(truncatingIfNeeded: rawValue) >> 63 }
    @inline(__always)
    fileprivate var isSomeWord: UInt64 { ~UInt64(truncatingIfNeeded: rawValue) >> 63 }

    /// 0 where it is the same.
    @inline(__always)
    fileprivate func differs(from other: TaskIndex) -> UInt64 {
        UInt64(truncatingIfNeeded: rawValue ^ other.rawValue)
    }
}

extension TaskEntry {
    /// 0 where it waits for the key alone, without a deadline, and may run on any core.
    @inline(__always)
    fileprivate func wakesUnusually(by key: WaitKey) -> UInt64 {
        self.key.differs(from: key) | (isTimed ? 1 : 0) | (isPinned ? 1 : 0)
    }

    /// It waits no more, and is in its core's queue from now on.
    @inline(__always)
    fileprivate mutating func endUsualWait(arrival: UInt64) {
        key = .nothing
        waitsForHolder = .none
        wakeReason = .woken
        state = .ready
        self.arrival = arrival
    }

    /// It was running and waits from now on.
    @inline(__always)
    fileprivate mutating func beginUsualWait(for key: WaitKey, at now: UInt64, sum: inout UInt64) {
        let spent = now > runningSince ? now &- runningSince : 0
        processorTime &+= spent
        sum &+= spent
        runningSince = now
        state = .blocked
        wakeReason = .woken
        waitsForHolder = .none
        self.key = key
    }
}

extension CoreEntry {
    /// 0 where nothing waits here that is more urgent.
    @inline(__always)
    fileprivate func moreUrgent(than priority: UInt8) -> UInt64 {
        UInt64(movable.occupied | pinned.occupied) >> (UInt64(priority) &+ 1)
    }
}
