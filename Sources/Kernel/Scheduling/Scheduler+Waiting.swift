import KernelSupport

// Waiting: the one primitive under futexes, semaphores, mutexes, joins and sleep.

extension Scheduler {
    /// The task that runs on `core` waits; `reschedule` must follow.
    ///
    /// - Parameters:
    ///   - key: What wakes it; `nil`: time alone.
    ///   - deadline: When it gives up; `.max`: never.
    ///   - holder: The task that has what it waits for, which is as urgent
    ///     from now on.
    public mutating func blockCurrent(
        on core: Int, for key: WaitKey?, until deadline: UInt64, holder: TaskIndex = .none
    ) {
        let task = cores[core].current
        tasks[task.place].beginWait(for: key, holder: holder)
        if let key {
            if lists[key.bucket].isEmpty {
                lists[key.bucket].append(task, in: tasks)
            } else {
                lists[key.bucket].insertByPriority(task, in: tasks)
            }
        }
        if deadline != .max {
            timerOrders += 1
            tasks[task.place].deadline = deadline
            tasks[task.place].timerOrder = timerOrders
            tasks[task.place].timerCore = UInt8(core)
            tasks[task.place].isTimed = true
            cores[core].timers.insert(task, in: tasks)
        }
        if !holder.isNone { lend(tasks[task.place].priority, to: holder) }
    }

    /// Wakes tasks that wait for `key`: the most urgent first, of equals those
    /// that wait longest.
    ///
    /// - Returns: How many there were, no more than `count`.
    ///
    /// Complexity: O(n) in the tasks of the key's bucket.
    public mutating func wake(_ key: WaitKey, count: Int) -> Int {
        var woken = 0
        var next = lists[key.bucket].first
        while woken < count, !next.isNone {
            let task = next
            next = tasks[task.place].next
            if tasks[task.place].key == key {
                release(task, because: .woken)
                woken += 1
            }
        }
        return woken
    }

    /// The task that `wake` would wake first; `none`: nobody waits.
    public mutating func firstWaiter(for key: WaitKey) -> TaskIndex {
        var next = lists[key.bucket].first
        while !next.isNone, tasks[next.place].key != key { next = tasks[next.place].next }
        return next
    }

    /// Tasks that wait for `key` wait for this holder from now on.
    public mutating func changeHolder(for key: WaitKey, to holder: TaskIndex) {
        var next = lists[key.bucket].first
        while !next.isNone {
            if tasks[next.place].key == key { tasks[next.place].waitsForHolder = holder }
            next = tasks[next.place].next
        }
    }

    /// Wakes the tasks whose time has come on this core.
    public mutating func expire(on core: Int, at now: UInt64) {
        while let earliest = cores[core].timers.earliest(in: tasks), earliest <= now {
            release(cores[core].timers.root, because: .timedOut)
        }
    }

    /// Ends a blocked task's wait before anything that it waits for has come.
    /// What it wanted to join is not joined.
    public mutating func interrupt(_ task: TaskIndex) {
        let key = tasks[task.place].key
        if key.kind == .join { tasks[Int(key.address)].isJoined = false }
        release(task, because: .interrupted)
    }

    private mutating func release(_ task: TaskIndex, because reason: WakeReason) {
        let (key, timerCore) = tasks[task.place].endWait(because: reason)
        if key != .nothing { lists[key.bucket].remove(task, in: tasks) }
        if let timerCore { cores[timerCore].timers.remove(task, in: tasks) }
        makeReady(task)
    }

    // MARK: - Stopping oneself

    /// The running task stops at its next yield.
    public mutating func stopCurrentAtYield(on core: Int, until deadline: UInt64) {
        let task = cores[core].current
        tasks[task.place].stopsAtYield = true
        tasks[task.place].stopDeadline = deadline
    }

    /// The running task yields: it stops if it has said so. `reschedule` must follow.
    public mutating func stopCurrentIfAsked(on core: Int) {
        let task = cores[core].current
        guard tasks[task.place].stopsAtYield else { return }
        tasks[task.place].stopsAtYield = false
        blockCurrent(
            on: core, for: WaitKey(.task, UInt64(task.place)),
            until: tasks[task.place].stopDeadline)
    }

    /// Ends a task's stop, whether it has begun or not.
    public mutating func resume(_ identifier: TaskIdentifier) {
        let task = find(identifier)
        guard !task.isNone else { return }
        tasks[task.place].stopsAtYield = false
        _ = wake(WaitKey(.task, UInt64(task.place)), count: 1)
    }

    // MARK: - Priorities

    /// Holders that wait for holders, and so on, that inherit a priority.
    private static let longestChain = 16

    /// The task holds one more thing that others may wait for, or one less.
    /// Whoever holds nothing has its own priority again.
    public mutating func changeHoldings(of task: TaskIndex, by number: Int32) {
        tasks[task.place].holdings += number
        let base = tasks[task.place].basePriority
        if tasks[task.place].holdings == 0, tasks[task.place].priority != base {
            setEffectivePriority(of: task, base)
        }
    }

    /// Makes a holder, and those it waits for, at least as urgent as `priority`.
    private mutating func lend(_ priority: UInt8, to holder: TaskIndex) {
        var holder = holder
        for _ in 0..<Self.longestChain {
            guard !holder.isNone, tasks[holder.place].priority < priority else { return }
            setEffectivePriority(of: holder, priority)
            holder = tasks[holder.place].waitsForHolder
        }
    }

    /// Gives a task another priority.
    public mutating func setPriority(of task: TaskIndex, _ priority: UInt8) {
        let isLent = tasks[task.place].priority > tasks[task.place].basePriority
        tasks[task.place].basePriority = priority
        if isLent && tasks[task.place].holdings > 0 && tasks[task.place].priority > priority {
            return
        }
        setEffectivePriority(of: task, priority)
    }

    private mutating func setEffectivePriority(of task: TaskIndex, _ priority: UInt8) {
        switch tasks[task.place].state {
        case .ready:
            dequeue(task)
            tasks[task.place].priority = priority
            makeReady(task)
        case .blocked where tasks[task.place].key != .nothing:
            let bucket = tasks[task.place].key.bucket
            lists[bucket].remove(task, in: tasks)
            tasks[task.place].priority = priority
            lists[bucket].insertByPriority(task, in: tasks)
        case .running:
            tasks[task.place].priority = priority
            disturb(Int(tasks[task.place].core))
        default:
            tasks[task.place].priority = priority
        }
    }
}

extension TaskEntry {
    @inline(__always)
    fileprivate mutating func beginWait(for key: WaitKey?, holder: TaskIndex) {
        state = .blocked
        wakeReason = .woken
        waitsForHolder = holder
        if let key { self.key = key }
    }

    /// What it has waited for, and the core whose timer queue it is in, if any.
    @inline(__always)
    fileprivate mutating func endWait(because reason: WakeReason) -> (key: WaitKey, timerCore: Int?) {
        defer {
            key = .nothing
            isTimed = false
            waitsForHolder = .none
            wakeReason = reason
        }
        return (key, isTimed ? Int(timerCore) : nil)
    }
}
