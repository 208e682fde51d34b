import KernelFileSystem
import KernelSupport
import KernelTasks
import Synchronization

/// A mounted file system's lock, which a task may hold while it waits for a device.
final class MountLock: WaitingLock, Sendable {
    private let lock: SleepingLock

    private static let made = Atomic<Int>(0)

    init() { lock = SleepingLock(.mount(Self.made.wrappingAdd(1, ordering: .relaxed).oldValue)) }

    func withLock<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }

    func rest() { Tasks.rest(until: Tasks.now + 1_000_000) }
}
