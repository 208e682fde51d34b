import CMachine
import Synchronization

/// What is to be done before the machine ends, as writing to a disk what was not yet.
enum MachineEnd {
    nonisolated(unsafe) private static var function: (@convention(c) () -> Void)? = nil
    nonisolated(unsafe) private static var wake: (@convention(c) () -> Void)? = nil
    /// The status with which a task is to end the machine; negative: none is.
    private static let wanted = Atomic<Int>(-1)

    static func set(_ function: @convention(c) () -> Void, wake: (@convention(c) () -> Void)?) {
        unsafe self.function = function
        unsafe self.wake = wake
    }

    /// Does it, unless an interrupt ends the program, which can wait for nothing.
    @inline(__always)
    static func prepare() {
        guard let function = unsafe function else { return }
        run(function)
    }

    @inline(never)
    private static func run(_ function: @convention(c) () -> Void) {
        let flags = machine_disable_interrupts()
        machine_restore_interrupts(flags)
        // RFLAGS.IF (Intel SDM 1, 3.4.3.3).
        if flags & 1 << 9 != 0 { function() }
    }

    static func isLeft(with status: Int32) -> Bool {
        guard let wake = unsafe wake else { return false }
        wanted.store(Int(status), ordering: .releasing)
        wake()
        return true
    }

    static var wantedStatus: Int32? {
        let status = wanted.load(ordering: .acquiring)
        return status < 0 ? nil : Int32(truncatingIfNeeded: status)
    }
}
