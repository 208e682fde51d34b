import CMachine
import Synchronization

/// What is to be done before the machine ends, as writing to a disk what was not yet.
enum MachineEnd {
    /// What was asked for last is done first.
    nonisolated(unsafe) private static var functions: InlineArray<5, (@convention(c) () -> Void)?> =
        InlineArray(repeating: nil)
    private static let count = Atomic<Int>(0)
    nonisolated(unsafe) private static var wake: (@convention(c) () -> Void)? = nil
    nonisolated(unsafe) private static var park: (@convention(c) () -> Void)? = nil
    /// The status with which a task is to end the machine; negative: none is.
    private static let wanted = Atomic<Int>(-1)
    /// The task that ends the machine; 0: none does.
    private static let ender = Atomic<Int32>(0)

    /// - Precondition: It is one of five at most.
    static func add(_ function: @convention(c) () -> Void, park: @convention(c) () -> Void) {
        guard ender.load(ordering: .acquiring) == 0 else { return }
        let place = count.add(1, ordering: .acquiringAndReleasing).oldValue
        unsafe functions[place] = function
        unsafe self.park = park
    }

    static func leave(to wake: @convention(c) () -> Void) { unsafe self.wake = wake }

    /// Does it, unless an interrupt ends the program, which can wait for nothing.
    @inline(__always)
    static func prepare() {
        if count.load(ordering: .relaxed) > 0 { run() }
    }

    @inline(never)
    private static func run() {
        let flags = machine_disable_interrupts()
        machine_restore_interrupts(flags)
        // RFLAGS.IF (Intel SDM 1, 3.4.3.3).
        guard flags & 1 << 9 != 0 else { return }
        let own = KernelServices.taskIdentifier
        let (isFirst, known) = ender.compareExchange(expected: 0, desired: own, ordering: .acquiringAndReleasing)
        guard isFirst else {
            // Who ends the machine already does so, and the machine with it.
            while known != own { unsafe park?() }
            return
        }
        for place in (0..<count.load(ordering: .acquiring)).reversed() { unsafe functions[place]?() }
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
