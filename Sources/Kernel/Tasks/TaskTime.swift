import KernelMain
import KernelScheduling
import KernelSupport

/// A task's processor time, for others.
public enum TaskTime {
    /// In nanoseconds, until now.
    ///
    /// - Throws: `ESRCH` where there is no such task, or it has ended; `ENOSYS`
    ///   where the machine has no clock.
    public static func spent(by identifier: Int32) throws(Errno) -> UInt64 {
        try Tasks.start()
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let task = unsafe Runtime.shared.pointee.scheduler.find(TaskIdentifier(rawValue: identifier))
        guard unsafe !task.isNone && Runtime.shared.pointee.scheduler.tasks[task.place].state != .ended
        else { throw .noSuchProcess }
        return unsafe Runtime.shared.pointee.scheduler.processorTime(of: task, at: Runtime.now)
    }
}
