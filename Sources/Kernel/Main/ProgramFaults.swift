import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling

/// Exceptions that the program handles itself (hermit/faults.h).
///
/// The registers go to the task's kernel stack, of which the application uses
/// nothing, and the task goes on in `machine_fault_begin` (CMachine/faults.S),
/// which takes them from there to the stack of the handler: touching that may
/// fill pages, which can't be done on an exception's own stack.
public enum ProgramFaults {
    nonisolated(unsafe) private static var isInstalled = false
    /// What a function may use below its stack pointer.
    private static let redZone: UInt64 = 128

    /// Sets the program's handler; 0: there is none.
    public static func setHandler(_ address: UInt64) {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        machine_set_fault_handler(address)
        if address != 0 { install() }
    }

    /// Exceptions ask the program, and for pages of files, from now on.
    static func install() {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        guard unsafe !isInstalled else { return }
        unsafe isInstalled = true
        DescriptorTables.installFaults()
    }

    /// In a page fault's error: a file has no such page (`HERMIT_FAULT_BEYOND_FILE`).
    private static let beyondFile: UInt64 = 0x8000_0000

    /// Whether an exception was about a page of a file that is there now.
    private static func showsFile(
        _ frame: UnsafeMutablePointer<machine_exception_frame>, at address: UInt64
    ) -> Bool {
        guard unsafe Exception(vector: frame.pointee.vector) == .pageFault,
            let touch = FileMappingOperations.touch(
                address, PageFaultError(rawValue: unsafe frame.pointee.error))
        else { return false }
        if touch == .beyondFile { unsafe frame.pointee.error |= beyondFile }
        return touch == .done
    }

    /// Sets the running task's stack for the handler.
    public static func setStack(top: UInt64, size: UInt32) {
        let task = unsafe Kernel.currentTask.pointee
        guard
            let thread = unsafe UnsafeMutablePointer<hermit_thread>(
                bitPattern: UInt(task.context.threadPointer))
        else { return }
        unsafe thread.pointee.fault_stack_task = 0
        unsafe thread.pointee.fault_stack_top = top
        unsafe thread.pointee.fault_stack_size = size
        unsafe thread.pointee.fault_stack_task = size == 0 ? 0 : task.identifier.rawValue
    }

    /// The application does, unless it holds a lock that turns them off; but as
    /// long as there is no scheduler nobody does.
    private static func takesInterrupts(_ frame: machine_exception_frame) -> Bool {
        frame.rflags & 1 << 9 != 0 || TaskOperations.current == nil
    }

    /// Lets the program handle an exception.
    ///
    /// - Returns: `false`: it can't.
    private static func deliver(
        _ frame: UnsafeMutablePointer<machine_exception_frame>, at address: UInt64
    ) -> Bool {
        let stackPointer = unsafe frame.pointee.rsp
        guard machine_get_fault_handler() != 0, unsafe Kernel.root != nil,
            unsafe takesInterrupts(frame.pointee), stackPointer < Layout.kernelStacks,
            unsafe machine_is_in_list_change(frame.pointee.rip) == 0
        else { return false }
        let context = unsafe Kernel.currentTask.pointee.context
        let isPageFault = unsafe Exception(vector: frame.pointee.vector) == .pageFault
        let size = UInt64(MemoryLayout<machine_fault>.size)
        let record = (context.kernelStack.top - size) & ~15
        let saved = unsafe UnsafeMutablePointer<machine_fault>(bitPattern: UInt(record))
        unsafe saved?.pointee = unsafe machine_fault(
            address: isPageFault ? address : 0, vector_state: 0, frame: frame.pointee)
        let place = (top(for: stackPointer, context) &- size) & ~15
        unsafe frame.pointee.rip = machine_fault_begin_entry()
        unsafe frame.pointee.rsp = place
        unsafe frame.pointee.rdi = place
        unsafe frame.pointee.rsi = record
        // Interrupts, the direction of strings, single steps: off.
        unsafe frame.pointee.rflags &= ~(1 << 9 | 1 << 10 | 1 << 8)
        return true
    }

    /// The end of the memory that the handler's stack is.
    private static func top(for stackPointer: UInt64, _ context: TaskContext) -> UInt64 {
        let usual = stackPointer &- redZone
        guard
            let thread = unsafe UnsafeMutablePointer<hermit_thread>(
                bitPattern: UInt(context.threadPointer))?.pointee,
            unsafe thread.fault_stack_task == Kernel.currentTask.pointee.identifier.rawValue
        else { return usual }
        let bottom = thread.fault_stack_top &- UInt64(thread.fault_stack_size)
        return bottom <= stackPointer && stackPointer < thread.fault_stack_top
            ? usual : thread.fault_stack_top
    }

    static func handle(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
        let address = machine_read_cr2()
        if unsafe Faults.fills(frame, at: address) { return }
        if unsafe showsFile(frame, at: address) || Faults.recovers(frame) { return }
        if unsafe machine_is_in_fault_begin(frame.pointee.rip) != 0 {
            // The handler's stack is used up, or is none.
            let context = unsafe Kernel.currentTask.pointee.context
            let record = (context.kernelStack.top - UInt64(MemoryLayout<machine_fault>.size)) & ~15
            if let saved = unsafe UnsafePointer<machine_fault>(bitPattern: UInt(record))?.pointee {
                Faults.fail(FaultReport(frame: saved.frame, address: saved.address))
            }
        }
        if unsafe deliver(frame, at: address) { return }
        unsafe Faults.fail(FaultReport(frame: frame.pointee, address: address))
    }
}

/// Called by the entries of faults.S, on a stack of the exception's own.
@c(kernel_fault)
public func kernelFault(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
    unsafe ProgramFaults.handle(frame)
}
