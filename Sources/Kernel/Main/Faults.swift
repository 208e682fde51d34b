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
        if unsafe fills(frame, at: address) || recovers(frame) { return }
        unsafe fail(FaultReport(frame: frame.pointee, address: address))
    }

    /// Whether an exception was about a page to fill, which is there now.
    @inline(__always)
    static func fills(
        _ frame: UnsafeMutablePointer<machine_exception_frame>, at address: UInt64
    ) -> Bool {
        unsafe Exception(vector: frame.pointee.vector) == .pageFault && mayFill(frame.pointee)
            && fill(address, PageFaultError(rawValue: frame.pointee.error))
    }

    /// Whether an exception was in a copy, which ends there.
    @inline(__always)
    static func recovers(_ frame: UnsafeMutablePointer<machine_exception_frame>) -> Bool {
        let recovery = unsafe machine_recovery(frame.pointee.rip)
        guard recovery != 0 else { return false }
        unsafe frame.pointee.rip = recovery
        return true
    }

    // MARK: - Pages

    /// Whether the page may be one to fill: neither a report nor an earlier
    /// exception's handler has touched it.
    private static func mayFill(_ frame: machine_exception_frame) -> Bool {
        guard PageFaultError(rawValue: frame.error).isAboutRights, unsafe Kernel.root != nil else {
            return false
        }
        let core = unsafe machine_this_core()
        let stacks =
            unsafe machine_exception_stacks_bottom(core)...machine_report_stack(core)
        return !stacks.contains(frame.rsp)
    }

    /// Fills the page at `address` if it is one that is filled when touched;
    /// whether the access may be tried again.
    private static func fill(_ address: UInt64, _ error: PageFaultError) -> Bool {
        guard address < Layout.applicationEnd else { return false }
        // The kernel touches no such page inside this lock.
        let mayGoOn = unsafe Kernel.root.pointee.memory.withLockUnlessMine { memory in
            // Another core may have filled the page meanwhile, or given it more
            // rights than this one knew of, which it forgets with the fault
            // (Intel SDM 3A, 4.10.4.1).
            if error.isRefusal || machine_running_cores() > 1,
                let page = memory.space.tables.lookUp(address)
            {
                return page.rights.allows(error.access)
            }
            return memory.touch(address, for: error.access)
        }
        return mayGoOn ?? false
    }

    // MARK: - The end

    /// Ends the program because of an exception.
    static func fail(_ report: FaultReport) -> Never {
        end(status: report.exception.status, nested: report) { console in
            report.write(to: &console)
        }
    }

    /// Ends the program without an exception, because it asks for that or has
    /// broken a rule, with a report of where it did.
    ///
    /// Inlined, so that the frame pointer is the caller's.
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
