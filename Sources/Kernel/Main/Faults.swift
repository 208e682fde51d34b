import CMachine
import KernelMachine
import KernelMemory
import KernelSupport

/// What becomes of an exception: a page is filled, or the program ends with
/// a report of what happened and where.
enum Faults {
    private static let pageFault: UInt64 = 14
    /// The status of a program that an exception ended, as a shell shows SIGSEGV's.
    private static let status: Int32 = 139

    /// Names of the exceptions (Intel SDM 3A, table 6-1).
    private static func name(_ vector: UInt64) -> StaticString {
        switch vector {
        case 0: "division by zero"
        case 1: "debug exception"
        case 2: "non-maskable interrupt"
        case 3: "breakpoint"
        case 4: "overflow"
        case 5: "bound range exceeded"
        case 6: "invalid instruction"
        case 7: "no floating-point unit"
        case 8: "double fault"
        case 10: "invalid task state"
        case 11: "segment not present"
        case 12: "stack-segment fault"
        case 13: "general protection fault"
        case 14: "page fault"
        case 16: "x87 floating-point error"
        case 17: "misaligned access"
        case 18: "machine check"
        case 19: "SIMD floating-point error"
        case 21: "control protection fault"
        default: "unexpected exception"
        }
    }

    /// How often a lock is tried that the fault itself may hold.
    private static let patience = 1_000_000

    /// Fills the page at `address` if it is one that is filled when touched.
    private static func fill(_ address: UInt64) -> Bool {
        guard address < Layout.applicationEnd else { return false }
        var isFilled = false
        unsafe Kernel.root.pointee.memory.withLockOrAnyway(patience: patience) { memory, isFree in
            // The kernel touches no such page inside this lock.
            guard isFree else { return }
            isFilled =
                unsafe Kernel.root.pointee.applicationStack.contains(address)
                ? memory.space.fill(address & ~4095, reserved: true)
                : memory.applicationHeap.touch(address, in: &memory.space)
        }
        return isFilled
    }

    static func handle(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
        let address = machine_read_cr2()
        // A page that is not there (bit 0 clear) may be one to fill.
        if unsafe frame.pointee.vector == pageFault && frame.pointee.error & 1 == 0, unsafe Kernel.root != nil,
            fill(address)
        {
            return
        }
        let recovery = unsafe machine_recovery(frame.pointee.rip)
        if recovery != 0 {
            unsafe frame.pointee.rip = recovery
            return
        }
        unsafe report(frame.pointee, address)
        end()
    }

    private static func report(_ frame: machine_exception_frame, _ address: UInt64) {
        var line = LineBuffer()
        line.append(name(frame.vector))
        if frame.vector == pageFault {
            line.append(frame.error & 16 != 0 ? ": fetch from " : frame.error & 2 != 0 ? ": write to " : ": read of ")
            line.append(hexadecimal: address)
            line.append(place(address))
        } else if frame.error != 0 {
            line.append(", error code ")
            line.append(hexadecimal: frame.error)
        }
        line.append(" at ")
        append(codeAddress: frame.rip, to: &line)
        say(&line)
        var stack = LineBuffer()
        stack.append("stack pointer ")
        stack.append(hexadecimal: frame.rsp)
        stack.append(", frame pointer ")
        stack.append(hexadecimal: frame.rbp)
        say(&stack)
    }

    /// Words about what lies at `address`.
    private static func place(_ address: UInt64) -> StaticString {
        if address < 4096 { return " (the null page)" }
        if VirtualAddress(address) == nil { return " (not a canonical address)" }
        guard unsafe Kernel.root != nil else { return "" }
        let (stack, start, end) = unsafe (
            Kernel.root.pointee.applicationStack,
            Kernel.root.pointee.imageStart, Kernel.root.pointee.imageEnd
        )
        if stack.overflowed(at: address) { return " (the application's stack overflowed)" }
        if start <= address && address < end { return " (the program's image)" }
        return ""
    }

    /// An address of the image with its offset, which is the linked address.
    private static func append(codeAddress address: UInt64, to line: inout LineBuffer) {
        line.append(hexadecimal: address)
        guard unsafe Kernel.root != nil else { return }
        let (start, end) = unsafe (Kernel.root.pointee.imageStart, Kernel.root.pointee.imageEnd)
        guard start <= address, address < end else { return }
        line.append(" (image + ")
        line.append(hexadecimal: address - start)
        line.append(")")
    }

    private static func say(_ line: inout LineBuffer) {
        if unsafe Kernel.root == nil {
            var console = Console()
            line.withBytes { console.log(.error, $0) }
        } else {
            unsafe Kernel.root.pointee.console.withLockOrAnyway(patience: patience) { console, _ in
                line.withBytes { console.log(.error, $0) }
            }
        }
    }

    private static func end() -> Never {
        if unsafe Kernel.root != nil {
            unsafe Kernel.root.pointee.console.withLockOrAnyway(patience: patience) { console, _ in
                console.finish(status: status)
            }
        }
        Power.off(success: false)
    }
}

/// Called by every exception entry, on a stack of its own.
@c(kernel_exception)
public func kernelException(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
    unsafe Faults.handle(frame)
}
