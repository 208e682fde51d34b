import CMachine
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// What the kernel's ground floor does for the functions of the ABI.
public enum KernelServices {
    // MARK: - Standard streams

    /// Writes the buffer to the program's standard output.
    ///
    /// - Returns: The bytes written; fewer than all where memory ends.
    /// - Throws: `EFAULT` where there is no memory at all.
    public static func writeStandardOutput(_ buffer: ApplicationBuffer) throws(Errno) -> Int {
        try inPieces(buffer) { piece in
            unsafe Kernel.root.pointee.console.withLock { $0.writeOutput(piece) }
        }
    }

    /// Writes the buffer to the program's standard error, as above.
    public static func writeStandardError(_ buffer: ApplicationBuffer) throws(Errno) -> Int {
        try inPieces(buffer) { piece in
            unsafe Kernel.root.pointee.console.withLock { $0.writeError(piece) }
        }
    }

    /// Bytes that are copied at once, on the kernel's stack, and written
    /// before another task can write: no interrupt comes meanwhile.
    private static let pieceSize = 1024

    /// Copies the buffer piece by piece, and gives each to `body`.
    @inline(__always)
    private static func inPieces(
        _ buffer: ApplicationBuffer, _ body: (RawSpan) -> Void
    ) throws(Errno) -> Int {
        let done = unsafe withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 8) { piece in
            var done = 0
            while done < buffer.count {
                let wanted = min(piece.count, buffer.count - done)
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<wanted])
                let count = unsafe buffer.read(at: done, to: part)
                unsafe body(UnsafeRawBufferPointer(rebasing: piece[..<count]).bytes)
                done += count
                if count < wanted { break }
            }
            return done
        }
        if done == 0 && buffer.count > 0 { throw .badAddress }
        return done
    }

    /// Reads what has arrived of standard input, at least one byte; 0 at its end.
    ///
    /// - Parameter waits: Whether it waits for a byte.
    /// - Throws: `EFAULT` where the first byte can't be written; nothing is lost
    ///   then. `EINTR` where a signal has come before a byte; `EAGAIN` where it
    ///   does not wait.
    public static func readStandardInput(
        _ buffer: ApplicationBuffer, waits: Bool = true
    ) throws(Errno) -> Int {
        while true {
            let count = try unsafe Kernel.root.pointee.console.withLock { console throws(Errno) in
                try console.readInput(buffer)
            }
            if let count { return count }
            if !waits { throw .resourceTemporarilyUnavailable }
            guard let operations = TaskOperations.current else {
                machine_pause()
                continue
            }
            guard operations.awaitInput() else { throw .interrupted }
        }
    }

    /// A moment in which another core does something.
    public static func pause() { machine_pause() }

    /// Lets the port of standard input interrupt; `false`: there is none.
    public static func letInputInterrupt() -> Bool {
        unsafe Kernel.root.pointee.console.withLock { $0.letInputInterrupt() }
    }

    /// Whether a read of standard input returns at once.
    public static var hasStandardInput: Bool {
        unsafe Kernel.root.pointee.console.withLock { $0.hasInput() }
    }

    /// What is known of the standard streams: a character device.
    @inline(__always)
    public static func fillConsoleStatus(_ status: inout FileStatus) {
        status.mode = 0o020620
        status.represented = 0x0501
    }

    /// Writes one line to the kernel's log.
    public static func log(_ level: LogLevel, _ text: StaticString) {
        unsafe Kernel.root.pointee.console.withLock { $0.log(level, text) }
    }

    /// Writes one line that was put together.
    public static func log(_ level: LogLevel, _ line: inout LineBuffer) {
        line.withBytes { text in
            unsafe Kernel.root.pointee.console.withLock { $0.log(level, text) }
        }
    }

    /// Writes a line of a trace to the kernel's log, or tells only how it
    /// will begin.
    package static func trace(_ text: RawSpan, isWhole: Bool) {
        unsafe Kernel.root.pointee.console.withLock { console in
            if isWhole { console.tell(.trace, text) } else { console.traceBeginning(text) }
        }
    }

    /// Writes a line that was asked for, whatever the log's level is.
    package static func tell(_ line: inout LineBuffer) {
        line.withBytes { text in
            unsafe Kernel.root.pointee.console.withLock { $0.tell(.info, text) }
        }
    }

    // MARK: - The end

    /// Ends the program and the machine. No lock may be held.
    public static func exit(status: Int32) -> Never {
        MachineEnd.prepare()
        if unsafe Kernel.root.pointee.tellsStatistics { Statistics.tell() }
        unsafe Kernel.root.pointee.console.withLock { $0.finish(status: status) }
        Power.off(success: status & 0xFF == 0)
    }

    /// Ends the program as a failed one, and tells where it asked for that.
    public static func abort(status: Int32) -> Never {
        MachineEnd.prepare()
        Faults.abort(status: status) { $0.append("the program aborted") }
    }

    /// What is to be done before the machine ends, and before what others have asked for.
    /// Four may ask for it.
    ///
    /// - Parameter park: Has a task wait for a while.
    public static func beforeEnd(_ function: @convention(c) () -> Void, park: @convention(c) () -> Void) {
        MachineEnd.add(function, park: park)
    }

    /// From now on a task ends the machine where an interrupt wants that.
    ///
    /// - Parameter wake: Wakes it, with interrupts off; `wantedStatus` then says what it is to do.
    public static func leaveEnd(to wake: @convention(c) () -> Void) { MachineEnd.leave(to: wake) }

    /// Leaves it to a task to end the machine, from an interrupt; `false`: there is no such task.
    /// No lock may be held.
    public static func leaveExit(status: Int32) -> Bool { MachineEnd.isLeft(with: status) }

    public static var wantedStatus: Int32? { MachineEnd.wantedStatus }

    // MARK: - Identity

    /// The running task's errno: the word behind its thread control block's pointer to itself.
    public static func errnoLocation() -> UnsafeMutablePointer<Int32> {
        unsafe UnsafeMutablePointer(
            bitPattern: UInt(machine_thread_pointer() + ThreadBlock.errnoOffset)
        ).unsafelyUnwrapped
    }

    /// Sets the running task's errno.
    @inline(__always)
    public static func setErrno(_ error: Int32) { machine_set_error(error) }

    /// The running task's number.
    public static var taskIdentifier: Int32 {
        unsafe Kernel.currentTask.pointee.identifier.rawValue
    }

    /// The priority that the running task was given.
    public static var taskPriority: UInt8 { unsafe Kernel.currentTask.pointee.basePriority }

    /// Changes it, as long as there is no scheduler.
    public static func setTaskPriority(_ priority: UInt8) {
        unsafe Kernel.currentTask.pointee.setAlonePriority(priority)
    }

    /// A task's priority; `nil` where there is no such task.
    public static func priority(of identifier: Int32) -> UInt8? { entry(identifier)?.basePriority }

    /// Whether a task gives way to its equals; `nil` where there is no such task.
    public static func takesTurns(_ identifier: Int32) -> Bool? { entry(identifier)?.takesTurns }

    @inline(__always)
    private static func entry(_ identifier: Int32) -> TaskEntry? {
        let identifier = TaskIdentifier(rawValue: identifier)
        guard let tasks = unsafe Kernel.root.pointee.tasks else {
            return unsafe identifier == .first ? Kernel.currentTask.pointee : nil
        }
        let index = identifier.index
        guard !index.isNone, index.place < tasks.count else { return nil }
        let entry = tasks[index.place]
        let isAlive = entry.state != .free && entry.state != .new && entry.state != .ended
        return isAlive && entry.identifier == identifier ? entry : nil
    }

    /// The running task's stack, the application's one: its lowest byte, and its size.
    public static var applicationStack: (bottom: UInt64, size: UInt64) {
        let stack = unsafe Kernel.currentTask.pointee.context.applicationStack
        return (stack.bottom, stack.top - stack.bottom)
    }

    /// The core that runs the task that asks.
    public static var core: Int { Int(truncatingIfNeeded: machine_core_identifier()) }

    /// Whether a yield has something to do.
    public static var isContended: Bool {
        machine_is_contended() != 0
    }

    // MARK: - Memory

    /// Gives back what is kept for later tasks, for who finds memory
    /// exhausted; whether there was anything. No lock may be held.
    @inline(never)
    public static func releaseKeptMemory() -> Bool {
        TaskOperations.current?.releaseKept() ?? false
    }

    /// Bytes of memory that there are, and that are free.
    public static var memorySize: Int {
        unsafe Kernel.root.pointee.memory.withLock { $0.space.frames.totalFrames * 4096 }
    }
    public static var freeMemorySize: Int {
        unsafe Kernel.root.pointee.memory.withLock { $0.space.frames.freeFrames * 4096 }
    }

    /// The archive with the program's files that came with the image; empty: there is none.
    public static var archive: UnsafeRawBufferPointer {
        let range = unsafe Kernel.root.pointee.archive
        return unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(range.lowerBound + Layout.directMap)),
            count: range.count)
    }

    /// The image's first byte.
    public static var imageStart: Int { Int(machine_image_start()) }

    /// The time stamp counter when the loader was entered.
    public static var bootTicks: UInt64 { unsafe Kernel.root.pointee.loaderEntryTime }

    /// The processors that run tasks, or will from the second task on.
    public static var processorCount: Int { Processors.count }
}

/// The allocator's C names that Swift's runtime asks for inside the kernel
/// (CMachine/runtime.c hands over).
@c(kernel_heap_allocate)
public func kernelHeapAllocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
    let address = unsafe Kernel.root.pointee.memory.withLock { memory in
        memory.kernelHeap.allocate(size: size, alignment: alignment, in: &memory.space)
    }
    return unsafe UnsafeMutableRawPointer(bitPattern: UInt(address ?? 0))
}

@c(kernel_heap_deallocate)
public func kernelHeapDeallocate(_ block: UnsafeMutableRawPointer) {
    let address = UInt64(UInt(bitPattern: block))
    _ = unsafe Kernel.root.pointee.memory.withLock { memory in
        memory.kernelHeap.deallocate(address, in: &memory.space)
    }
}
