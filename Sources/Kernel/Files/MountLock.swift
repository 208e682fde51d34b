import CMachine
import KernelFileSystem
import KernelMachine
import KernelScheduling
import KernelSupport
import KernelTasks
import Synchronization

/// A lock of a mounted file system's, which a task may hold while it waits for a device.
/// Signals do not end the wait for it.
final class MountLock: WaitingLock, @unchecked Sendable {
    /// Guards both below; held for a moment only.
    private let lock = CoreLock(.folders)
    private var isHeld = false
    private var waiting = 0
    /// What tasks wait for: behind the numbers of folders' buffers.
    private let key: WaitKey

    private static let made = Atomic<UInt64>(0)

    init() {
        let number = Self.made.wrappingAdd(1, ordering: .relaxed).oldValue
        key = WaitKey(.device, (0x1_0000 + number) << 8)
    }

    func withLock<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        take()
        defer { give() }
        return try body()
    }

    private func take() {
        let flags = machine_disable_interrupts()
        lock.lock()
        while isHeld {
            waiting += 1
            Tasks.waitForDevice(key, until: .max, giving: lock)
            lock.lock()
            waiting -= 1
        }
        isHeld = true
        lock.unlock()
        machine_restore_interrupts(flags)
    }

    private func give() {
        let flags = machine_disable_interrupts()
        lock.lock()
        isHeld = false
        let isWanted = waiting > 0
        if isWanted { _ = Tasks.wake(key, count: 1) }
        lock.unlock()
        if isWanted { Tasks.settle() }
        machine_restore_interrupts(flags)
    }

    func rest() {
        let flags = machine_disable_interrupts()
        lock.lock()
        Tasks.waitForDevice(WaitKey(.device, .max), until: Tasks.now + 1_000_000, giving: lock)
        machine_restore_interrupts(flags)
    }
}
