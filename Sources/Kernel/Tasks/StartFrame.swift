import CMachine

/// What `machine_switch` finds on the stack of a task, or of an idle loop,
/// that has not yet run.
enum StartFrame {
    /// Masks all exceptions of floating point: MXCSR, and above it the x87 control word.
    private static let controlWords: UInt64 = 0x037F << 32 | 0x1F80

    /// Writes a task's.
    ///
    /// - Parameters:
    ///   - top: Where its kernel stack starts.
    ///   - applicationStack: Where the other one does.
    /// - Returns: The stack pointer to switch to.
    static func task(
        top: UInt64, function: UInt64, argument: UInt64, applicationStack: UInt64
    ) -> UInt64 {
        write(
            top, machine_task_entry(), function: function, argument: argument,
            applicationStack: applicationStack)
    }

    /// Writes an idle loop's.
    static func idle(top: UInt64) -> UInt64 {
        write(top, machine_idle_entry(), function: 0, argument: 0, applicationStack: 0)
    }

    private static func write(
        _ top: UInt64, _ entry: UInt64, function: UInt64, argument: UInt64,
        applicationStack: UInt64
    ) -> UInt64 {
        let words: [8 of UInt64] = [
            controlWords, 0, 0, applicationStack, argument, function, 0, entry,
        ]
        let pointer = top - 64
        for i in 0..<8 {
            unsafe UnsafeMutablePointer<UInt64>(bitPattern: UInt(pointer))![i] = words[i]
        }
        return pointer
    }
}
