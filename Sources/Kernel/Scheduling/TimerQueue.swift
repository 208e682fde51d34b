import KernelSupport

/// Tasks that wait for a time, the earliest first: a pairing heap through
/// their entries (Fredman, Sedgewick, Sleator and Tarjan, 1986), so that
/// nothing is allocated. Equal times come in the order in which they were
/// added.
///
/// Complexity: O(1) to add and to look, O(log n) amortised to remove.
struct TimerQueue: Sendable, BitwiseCopyable {
    private(set) var root = TaskIndex.none

    /// The earliest time; `nil` when nobody waits.
    func earliest(in tasks: SlotStorage<TaskEntry>) -> UInt64? {
        root.isNone ? nil : tasks[root.place].deadline
    }

    /// The same; `.max` when nobody waits: without a branch.
    @inline(__always)
    func earliestOrNever(in tasks: SlotStorage<TaskEntry>) -> UInt64 {
        let deadline = tasks.referenceOrFirst(root.place).element.deadline
        return root.isNone ? .max : deadline
    }

    /// - Precondition: The task's `deadline` and `timerOrder` are set, and it is in no queue.
    mutating func insert(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        tasks[task.place].timerChild = .none
        tasks[task.place].timerSibling = .none
        tasks[task.place].timerPrevious = .none
        root = Self.meld(root, task, in: tasks)
    }

    /// - Precondition: The task is in this queue.
    mutating func remove(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        let children = Self.meldAll(tasks[task.place].timerChild, in: tasks)
        if task == root {
            root = children
        } else {
            let (previous, sibling) = (
                tasks[task.place].timerPrevious, tasks[task.place].timerSibling
            )
            if tasks[previous.place].timerChild == task {
                tasks[previous.place].timerChild = sibling
            } else {
                tasks[previous.place].timerSibling = sibling
            }
            if !sibling.isNone { tasks[sibling.place].timerPrevious = previous }
            root = Self.meld(root, children, in: tasks)
        }
        tasks[task.place].timerChild = .none
        tasks[task.place].timerSibling = .none
        tasks[task.place].timerPrevious = .none
    }

    private static func isEarlier(
        _ a: TaskIndex, _ b: TaskIndex, in tasks: SlotStorage<TaskEntry>
    ) -> Bool {
        let (first, second) = (tasks[a.place].deadline, tasks[b.place].deadline)
        return first != second
            ? first < second : tasks[a.place].timerOrder < tasks[b.place].timerOrder
    }

    /// One tree of two; both are roots without siblings.
    private static func meld(
        _ a: TaskIndex, _ b: TaskIndex, in tasks: SlotStorage<TaskEntry>
    ) -> TaskIndex {
        if a.isNone { return b }
        if b.isNone { return a }
        let (parent, child) = isEarlier(b, a, in: tasks) ? (b, a) : (a, b)
        let first = tasks[parent.place].timerChild
        tasks[child.place].timerSibling = first
        tasks[child.place].timerPrevious = parent
        if !first.isNone { tasks[first.place].timerPrevious = child }
        tasks[parent.place].timerChild = child
        return parent
    }

    /// One tree of a list of siblings: by pairs from the front, and those from the back.
    private static func meldAll(
        _ first: TaskIndex, in tasks: SlotStorage<TaskEntry>
    ) -> TaskIndex {
        var pairs = TaskIndex.none
        var next = first
        while !next.isNone {
            let a = next
            let b = tasks[a.place].timerSibling
            next = b.isNone ? .none : tasks[b.place].timerSibling
            detach(a, in: tasks)
            if !b.isNone { detach(b, in: tasks) }
            let pair = meld(a, b, in: tasks)
            tasks[pair.place].timerSibling = pairs
            pairs = pair
        }
        var tree = TaskIndex.none
        while !pairs.isNone {
            let pair = pairs
            pairs = tasks[pair.place].timerSibling
            detach(pair, in: tasks)
            tree = meld(tree, pair, in: tasks)
        }
        return tree
    }

    private static func detach(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        tasks[task.place].timerSibling = .none
        tasks[task.place].timerPrevious = .none
    }
}
