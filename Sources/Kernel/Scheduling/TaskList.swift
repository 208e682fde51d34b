import KernelSupport

/// A list of tasks, linked through their entries: a task is in one at most.
///
/// Complexity: O(1), but for `insert`.
public struct TaskList: Sendable, BitwiseCopyable {
    private(set) var first = TaskIndex.none
    private(set) var last = TaskIndex.none

    init() {}

    var isEmpty: Bool { first.isNone }

    mutating func append(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        insert(task, behind: last, in: tasks)
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
        tasks[task.place].previous = before
        tasks[task.place].next = next
        if before.isNone { first = task } else { tasks[before.place].next = task }
        if next.isNone { last = task } else { tasks[next.place].previous = task }
    }

    /// - Precondition: The task is in this list.
    mutating func remove(_ task: TaskIndex, in tasks: SlotStorage<TaskEntry>) {
        let (previous, next) = (tasks[task.place].previous, tasks[task.place].next)
        if previous.isNone { first = next } else { tasks[previous.place].next = next }
        if next.isNone { last = previous } else { tasks[next.place].previous = previous }
        tasks[task.place].previous = .none
        tasks[task.place].next = .none
    }
}
