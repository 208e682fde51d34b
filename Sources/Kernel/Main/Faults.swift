import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// What becomes of an exception: a page is filled, a copy ends early, or the
/// program ends with a report of what happened and where.
///
/// One core writes one report, and nothing else reaches the console after it:
/// the console's lock is not given back. A fault of the report itself ends the
/// machine with a line, and a fault of that line without.
enum Faults {
    /// How often a lock is tried that the fault itself may hold.
    static let patience = 1_000_000

    /// Whether the second channel is open, for when the root value can't be used.
    nonisolated(unsafe) static var usesChannel = false
    /// What the machine ends with once a report has begun.
    nonisolated(unsafe) private static var status: Int32 = 139

    static func handle(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
        let address = machine_read_cr2()
        let exception = unsafe Exception(vector: frame.pointee.vector)
        if exception == .pageFault, mayFill(unsafe frame.pointee), fill(address) { return }
        let recovery = unsafe machine_recovery(frame.pointee.rip)
        if recovery != 0 {
            unsafe frame.pointee.rip = recovery
            return
        }
        unsafe fail(FaultReport(frame: frame.pointee, address: address))
    }

    // MARK: - Pages

    /// Whether the page may be one to fill: it is not there, and neither a
    /// report nor an earlier exception's handler has touched it.
    private static func mayFill(_ frame: machine_exception_frame) -> Bool {
        guard !PageFaultError(rawValue: frame.error).isRefusal, unsafe Kernel.root != nil else {
            return false
        }
        let core = unsafe machine_this_core()
        let stacks =
            unsafe machine_exception_stacks_bottom(core)...machine_report_stack(core)
        return !stacks.contains(frame.rsp)
    }

    /// Fills the page at `address` if it is one that is filled when touched.
    private static func fill(_ address: UInt64) -> Bool {
        guard address < Layout.applicationEnd else { return false }
        // The kernel touches no such page inside this lock.
        let isFilled = unsafe Kernel.root.pointee.memory.withLockUnlessMine { memory in
            // Another core may have been first.
            if machine_running_cores() > 1, memory.space.tables.lookUp(address) != nil {
                return true
            }
            if let place = Stack.place(ofApplicationAddress: address) {
                return fillStack(of: place, address & ~4095, in: &memory)
            }
            return memory.applicationHeap.touch(address, in: &memory.space)
        }
        return isFilled ?? false
    }

    /// Fills a page in the part of the stacks that belongs to a place of the
    /// table of tasks.
    private static func fillStack(
        of place: Int, _ page: UInt64, in memory: inout Memory
    ) -> Bool {
        guard let entry = unsafe Kernel.stackEntry(place) else { return false }
        let context = unsafe entry.pointee.context
        guard context.applicationStack.contains(page), !context.isKept,
            memory.space.fill(page, reserved: context.isStackPromised)
        else { return false }
        unsafe entry.pointee.context.lowestFilled = min(context.lowestFilled, page)
        return true
    }

    // MARK: - The end

    /// Ends the program because of an exception.
    private static func fail(_ report: FaultReport) -> Never {
        end(status: report.exception.status, nested: report) { console in
            report.write(to: &console)
        }
    }

    /// Ends the program without an exception, because it asks for that or has
    /// broken a rule, with a report of where it did.
    ///
    /// Inlined, so that the frame pointer is the caller's. No lock may be held.
    ///
    /// - Parameters:
    ///   - status: What the machine ends with.
    ///   - appendCause: Adds the words that say why.
    @inline(__always)
    static func abort(status: Int32, _ appendCause: (inout LineBuffer) -> Void) -> Never {
        let pointer = machine_frame_pointer()
        end(status: status, nested: nil) { console in
            var line = LineBuffer()
            appendCause(&line)
            FaultReport.say(&line, to: &console)
            FaultReport.writeTask(to: &console)
            Backtrace().write(from: pointer, number: 0, to: &console)
        }
    }

    /// Writes one report and ends the machine.
    ///
    /// - Parameter nested: The fault that this is, if it happens in a report.
    private static func end(
        status: Int32, nested: FaultReport?, _ write: (inout Console) -> Void
    ) -> Never {
        _ = machine_disable_interrupts()
        let depth = machine_enter_report(machine_core_identifier())
        switch depth {
        case 0:
            unsafe Self.status = status
            DescriptorTables.moveExceptionsToReportStack()
            if unsafe Kernel.root != nil {
                unsafe Kernel.root.pointee.console.withLockOrAnyway(patience: patience) { console, _ in
                    finish(&console, write)
                }
            }
            var console = unsafe Console(takingOver: usesChannel)
            finish(&console, write)
        case 1:
            var console = unsafe Console(takingOver: usesChannel)
            finish(&console) { console in nested?.writeNested(to: &console) }
        case 2...:
            Power.off(success: false)
        default:
            // Another core reports, and the machine ends with it.
            machine_stop()
        }
    }

    private static func finish(_ console: inout Console, _ write: (inout Console) -> Void) -> Never {
        write(&console)
        unsafe console.finish(status: status)
        Power.off(success: false)
    }
}

/// Called by every exception entry, on a stack of its own.
@c(kernel_exception)
public func kernelException(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
    unsafe Faults.handle(frame)
}
