import KernelSupport

/// A list of tasks, linked through their entries: a task is in one at most.
///
/// Complexity: O(1), but for `insert`.
public struct TaskList: Sendable, BitwiseCopyable {
    private(set) var first = TaskIndex.none
    private(set) var last = TaskIndex.none

    init() {}

    /// A list of one task.
    @inline(__always)
    init(of task: TaskIndex) {
        first = task
        last = task
    }

    /// What is left of a list whose first tasks were taken.
    @inline(__always)
    init(from first: TaskIndex, to last: TaskIndex) {
        self.first = first
        self.last = last
    }

    var isEmpty: Bool { first.isNone }

    @inline(__always)
    mutating func append(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        tasks[task.place].link(previous: last, next: .none)
        if last.isNone { first = task } else { tasks[last.place].next = task }
        last = task
    }

    /// Puts the task at the front, or at the end.
    @inline(__always)
    mutating func insert(_ task: TaskIndex, isFirst: Bool, in tasks: SlotStorage<TaskEntry>) {
        if isFirst { prepend(task, in: tasks) } else { append(task, in: tasks) }
    }

    /// Takes the first task out.
    ///
    /// - Precondition: The list is not empty.
    @inline(__always)
    mutating func takeFirst(in tasks: SlotStorage<TaskEntry>) -> TaskIndex {
        let taken = first
        let (_, next) = tasks[taken.place].unlink()
        first = next
        if next.isNone { last = .none } else { tasks[next.place].previous = .none }
        return taken
    }

    /// Takes the first task out and puts another at the end.
    ///
    /// - Precondition: The list is not empty.
    @inline(__always)
    mutating func rotate(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) -> TaskIndex {
        let taken = first
        let (_, next) = tasks[taken.place].unlink()
        if next.isNone {
            first = task
            tasks[task.place].link(previous: .none, next: .none)
        } else {
            first = next
            tasks[next.place].previous = .none
            tasks[last.place].next = task
            tasks[task.place].link(previous: last, next: .none)
        }
        last = task
        return taken
    }

    mutating func prepend(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        insert(task, behind: .none, in: tasks)
    }

    /// Puts the task behind all that are as urgent or more so.
    ///
    /// Complexity: O(n) in the tasks that are less urgent.
    mutating func insertByPriority(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        let priority = tasks[task.place].priority
        var before = last
        while !before.isNone, tasks[before.place].priority < priority {
            before = tasks[before.place].previous
        }
        insert(task, behind: before, in: tasks)
    }

    private mutating func insert(
        _ task: TaskIndex, behind before: TaskIndex, in tasks: SlotStorage<TaskEntry>
    ) {
        let next = before.isNone ? first : tasks[before.place].next
        tasks[task.place].link(previous: before, next: next)
        if before.isNone { first = task } else { tasks[before.place].next = task }
        if next.isNone { last = task } else { tasks[next.place].previous = task }
    }

    /// - Precondition: The task is in this list.
    mutating func remove(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        let (previous, next) = tasks[task.place].unlink()
        if previous.isNone { first = next } else { tasks[previous.place].next = next }
        if next.isNone { last = previous } else { tasks[next.place].previous = previous }
    }
}

extension TaskEntry {
    @inline(__always)
    fileprivate mutating func link(previous: TaskIndex, next: TaskIndex) {
        self.previous = previous
        self.next = next
    }

    /// Its neighbours until now.
    @inline(__always)
    fileprivate mutating func unlink() -> (previous: TaskIndex, next: TaskIndex) {
        defer { link(previous: .none, next: .none) }
        return (previous, next)
    }
}
