import KernelSupport

/// The ready tasks of one core: a list for each priority, and a bitmap of
/// those that are not empty.
///
/// Complexity: O(1) throughout.
struct RunQueue: Sendable, BitwiseCopyable {
    /// Bit N: there is a task of priority N.
    private(set) var occupied: UInt32 = 0
    /// Where this queue's lists start among all lists.
    private let firstList: Int

    /// Priorities are 0 to this.
    static let highestPriority: UInt8 = 30
    static let listCount = Int(highestPriority) + 1

    init(firstList: Int) { self.firstList = firstList }

    /// The most urgent priority there is; -1: none.
    var best: Int { 31 - occupied.leadingZeroBitCount }

    /// The task that is next among those of `priority`.
    func first(of priority: Int, in lists: SlotStorage<TaskList>) -> TaskIndex {
        lists[firstList + priority].first
    }

    /// - Parameter isFirst: It goes to the front: it was interrupted and goes
    ///   on before its equals.
    mutating func insert(
        _ task: TaskIndex, isFirst: Bool, in lists: SlotStorage<TaskList>,
        _ tasks: SlotStorage<TaskEntry>
    ) {
        let priority = Int(tasks[task.place].priority)
        if isFirst {
            lists[firstList + priority].prepend(task, in: tasks)
        } else {
            lists[firstList + priority].append(task, in: tasks)
        }
        occupied |= 1 << UInt32(priority)
    }

    mutating func remove(
        _ task: TaskIndex, in lists: SlotStorage<TaskList>, _ tasks: SlotStorage<TaskEntry>
    ) {
        let priority = Int(tasks[task.place].priority)
        lists[firstList + priority].remove(task, in: tasks)
        if lists[firstList + priority].isEmpty { occupied &= ~(1 << UInt32(priority)) }
    }
}
