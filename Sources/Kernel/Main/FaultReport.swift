import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// What is told of an exception that ends the program; docs/architecture.md
/// has the form of its lines, which `hermit run` reads.
struct FaultReport {
    let exception: Exception
    private let frame: machine_exception_frame
    /// Where a page fault was.
    private let address: UInt64

    init(frame: machine_exception_frame, address: UInt64) {
        exception = Exception(vector: frame.vector)
        self.frame = frame
        self.address = address
    }

    static func say(_ line: inout LineBuffer, to console: inout Console) {
        line.withBytes { console.log(.error, $0) }
    }

    func write(to console: inout Console) {
        var line = LineBuffer()
        appendCause(to: &line)
        Self.say(&line, to: &console)
        Self.writeTask(to: &console)
        writeRegisters(to: &console)
        Backtrace().write(
            instruction: frame.rip, stackPointer: frame.rsp, framePointer: frame.rbp, to: &console)
    }

    /// The one line about a fault in a report.
    func writeNested(to console: inout Console) {
        var line = LineBuffer()
        line.append("the report ends, because of another fault in it: ")
        line.append(exception.name)
        line.append(" at ")
        Backtrace.append(frame.rip, to: &line)
        Self.say(&line, to: &console)
    }

    // MARK: - The cause

    private func appendCause(to line: inout LineBuffer) {
        switch exception {
        case .pageFault: appendPageFault(to: &line)
        case .invalidInstruction where isTrap:
            line.append("trap: a check has failed, or the program gave up (ud2)")
        case .generalProtection where frame.error == 0, .stackSegmentFault where frame.error == 0:
            line.append(exception.name)
            appendAddresses(to: &line)
        default:
            line.append(exception.name)
            if frame.error != 0 {
                line.append(", error code ")
                line.append(hexadecimal: frame.error)
            }
        }
    }

    /// UD2, which compilers put where a check fails.
    private var isTrap: Bool {
        guard let text = Backtrace.word(at: frame.rip) else { return false }
        return text & 0xFFFF == 0x0B0F
    }

    private func appendPageFault(to line: inout LineBuffer) {
        let error = PageFaultError(rawValue: frame.error)
        let overflow =
            error.isRefusal ? nil : MemoryPlace.overflow(at: address, stackPointer: frame.rsp)
        if let overflow {
            line.append("stack overflow: task ")
            Self.appendTask(to: &line)
            line.append(" has used up its ")
            line.append(overflow.name)
            line.append(" stack of ")
            line.append(decimal: overflow.stack.range.count >> 10)
            line.append(" KiB; ")
        }
        line.append("page fault: ")
        switch error.access {
        case .fetch: line.append("jump to ")
        case .write: line.append("write to ")
        case .read: line.append("read of ")
        }
        line.append(hexadecimal: address)
        line.append(" (")
        MemoryPlace.append(address, refused: error.isRefusal ? error.access : nil, to: &line)
        line.append(")")
    }

    /// What is no canonical address and may have been used as one: the
    /// processor does not tell which it was.
    private func appendAddresses(to line: inout LineBuffer) {
        guard VirtualAddress(frame.rip) != nil else {
            line.append(": jump to ")
            line.append(hexadecimal: frame.rip)
            line.append(" (no canonical address)")
            return
        }
        if let text = Backtrace.word(at: frame.rip), text & 0xFF == 0xC3 || text & 0xFF == 0xC2,
            let target = Backtrace.word(at: frame.rsp), VirtualAddress(target) == nil
        {
            line.append(": return to ")
            line.append(hexadecimal: target)
            line.append(" (no canonical address)")
            return
        }
        var isFirst = true
        Self.forEachRegister(of: frame) { name, value in
            guard VirtualAddress(value) == nil else { return }
            line.append(isFirst ? ": no canonical address is in " : ", ")
            line.append(name)
            isFirst = false
        }
    }

    // MARK: - The task and its registers

    private static func appendTask(to line: inout LineBuffer) {
        guard unsafe Kernel.root != nil else { return line.append("none (boot)") }
        let task = unsafe Kernel.root.pointee.task
        line.append(decimal: Int(task.identifier.rawValue))
        line.append(" (")
        line.append(task.name)
        line.append(")")
    }

    static func writeTask(to console: inout Console) {
        var line = LineBuffer()
        line.append("  in task ")
        appendTask(to: &line)
        line.append(", image at ")
        line.append(hexadecimal: machine_image_start())
        say(&line, to: &console)
    }

    private static func forEachRegister(
        of frame: machine_exception_frame, _ body: (StaticString, UInt64) -> Void
    ) {
        body("rax", frame.rax)
        body("rbx", frame.rbx)
        body("rcx", frame.rcx)
        body("rdx", frame.rdx)
        body("rsi", frame.rsi)
        body("rdi", frame.rdi)
        body("rbp", frame.rbp)
        body("rsp", frame.rsp)
        body("r8 ", frame.r8)
        body("r9 ", frame.r9)
        body("r10", frame.r10)
        body("r11", frame.r11)
        body("r12", frame.r12)
        body("r13", frame.r13)
        body("r14", frame.r14)
        body("r15", frame.r15)
    }

    private func writeRegisters(to console: inout Console) {
        var line = LineBuffer()
        var count = 0
        func add(_ name: StaticString, _ value: UInt64) {
            line.append(count % 4 == 0 ? "  " : " ")
            line.append(name)
            line.append(" ")
            line.append(word: value)
            count += 1
            if count % 4 == 0 {
                Self.say(&line, to: &console)
                line = LineBuffer()
            }
        }
        Self.forEachRegister(of: frame, add)
        add("rip", frame.rip)
        add("flg", frame.rflags)
        add("cr2", address)
        add("cr3", machine_read_cr3())
    }
}
