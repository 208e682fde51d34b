/// The ready tasks of one core: a list for each priority, and a bitmap of
/// those that are not empty. The lists are among those of the scheduler.
///
/// Complexity: O(1) throughout.
struct RunQueue: Sendable, BitwiseCopyable {
    /// Bit N: there is a task of priority N.
    private(set) var occupied: UInt32 = 0
    /// Where this queue's lists start among all lists.
    private let firstList: Int32

    /// Priorities are 0 to this.
    static let highestPriority: UInt8 = 30
    static let listCount = Int(highestPriority) + 1

    init(firstList: Int) { self.firstList = Int32(firstList) }

    /// The most urgent priority there is; -1: none.
    @inline(__always)
    var best: Int { 31 &- occupied.leadingZeroBitCount }

    @inline(__always)
    var isEmpty: Bool { occupied == 0 }

    /// The list of a priority.
    @inline(__always)
    func list(of priority: Int) -> Int { Int(firstList) &+ priority }

    /// The same, where a task goes in.
    @inline(__always)
    mutating func add(_ priority: Int) -> Int {
        occupied |= 1 &<< UInt32(truncatingIfNeeded: priority)
        return list(of: priority)
    }

    /// The list of a priority has become empty.
    @inline(__always)
    mutating func empty(_ priority: Int) {
        occupied &= ~(1 &<< UInt32(truncatingIfNeeded: priority))
    }
}
