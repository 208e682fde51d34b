import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport

/// Which cores a task may run on, as the functions of the ABI have it.
public enum Affinity {
    /// The cores of a task, a bit for each.
    ///
    /// - Parameter identifier: 0: the caller.
    /// - Throws: `ESRCH` where there is no such task; `ENOSYS` where the machine
    ///   has no clock.
    public static func get(_ identifier: Int32) throws(Errno) -> UInt64 {
        try prepare()
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        return unsafe Runtime.shared.pointee.scheduler.affinity(of: try find(identifier))
    }

    /// Says which cores a task may run on; it is on one of them on return.
    ///
    /// - Throws: `EINVAL` where none of them is there, and as above.
    public static func set(_ identifier: Int32, _ cores: UInt64) throws(Errno) {
        try prepare()
        guard cores & Self.cores != 0 else { throw .invalidArgument }
        var visit: Visit? = nil
        defer { visit?.end() }
        while true {
            let flags = Runtime.enter()
            defer { Runtime.leave(flags) }
            let task = try find(identifier)
            let move = unsafe Runtime.shared.pointee.scheduler.setAffinity(
                of: task, cores, by: Runtime.core)
            switch move {
            case .none: return Runtime.settle()
            case .reschedule: return Runtime.reschedule()
            case .evict(let core):
                if visit == nil { visit = Visit() }
                visit?.go(to: core)
            }
        }
    }

    /// Starts the scheduler and all processors.
    private static func prepare() throws(Errno) {
        try Tasks.start()
        if unsafe !Processors.haveStarted { Cores.startOthers() }
    }

    private static var cores: UInt64 {
        let count = KernelServices.processorCount
        return count >= 64 ? .max : 1 << UInt64(count) - 1
    }

    /// With the lock.
    private static func find(_ identifier: Int32) throws(Errno) -> TaskIndex {
        if identifier == 0 { return WaitObjects.currentTask }
        let task = unsafe Runtime.shared.pointee.scheduler.find(TaskIdentifier(rawValue: identifier))
        guard unsafe !task.isNone && Runtime.shared.pointee.scheduler.tasks[task.place].state != .ended
        else { throw .noSuchProcess }
        return task
    }

    /// The caller's way to a core that another task has to leave: while the
    /// caller runs there, that does not.
    private struct Visit {
        private let task = WaitObjects.currentTask
        private let cores: UInt64
        private let priority: UInt8

        /// With the lock.
        init() {
            cores = unsafe Runtime.shared.pointee.scheduler.affinity(of: task)
            priority = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].basePriority
        }

        /// With the lock: the caller runs on the core when this returns.
        func go(to core: Int) {
            unsafe Runtime.shared.pointee.scheduler.setPriority(
                of: task, UInt8(Scheduler.highestPriority))
            unsafe Runtime.shared.pointee.scheduler.endSlice(on: core)
            let move = unsafe Runtime.shared.pointee.scheduler.setAffinity(
                of: task, 1 << UInt64(core), by: Runtime.core)
            if move == .reschedule { Runtime.reschedule() }
        }

        /// Without the lock.
        func end() {
            let flags = Runtime.enter()
            unsafe Runtime.shared.pointee.scheduler.setPriority(of: task, priority)
            let move = unsafe Runtime.shared.pointee.scheduler.setAffinity(
                of: task, cores, by: Runtime.core)
            if move == .reschedule { Runtime.reschedule() } else { Runtime.settle() }
            Runtime.leave(flags)
        }
    }
}
