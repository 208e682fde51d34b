import CMachine

/// What is to be done before the machine ends, as writing to a disk what was not yet.
enum MachineEnd {
    nonisolated(unsafe) private static var function: (@convention(c) () -> Void)? = nil

    static func set(_ function: @convention(c) () -> Void) { unsafe self.function = function }

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
}
