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

    @inline(never)
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
        case .invalidInstruction where frame.rip == machine_rights_forged_entry():
            line.append("isolation violation: others than the application's rights were to go to its register of rights")
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
        if isViolation(error) { line.append("isolation violation: ") }
        line.append("page fault: ")
        switch error.access {
        case .fetch: line.append("jump to ")
        case .write: line.append("write to ")
        case .read: line.append("read of ")
        }
        line.append(hexadecimal: address)
        line.append(" (")
        MemoryPlace.append(address, error, to: &line)
        line.append(")")
    }

    /// Whether the application has reached for what is not its own: a key has refused it, or
    /// there is nothing, or nothing to run, among what is the kernel's.
    private func isViolation(_ error: PageFaultError) -> Bool {
        guard Isolation.isOn else { return false }
        return error.isAboutKey
            || frame.rsp < Layout.kernelStacks && MemoryPlace.isKernels(address)
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
        for index in 0..<Self.registerCount where VirtualAddress(register(index)) == nil {
            line.append(isFirst ? ": no canonical address is in " : ", ")
            Self.append(registerName: index, to: &line)
            isFirst = false
        }
    }

    // MARK: - The task and its registers

    @inline(never)
    private static func appendTask(to line: inout LineBuffer) {
        guard unsafe Kernel.root != nil else { return line.append("none (boot)") }
        let task = unsafe Kernel.currentTask.pointee
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

    /// Names of the general registers, three bytes each.
    private static let registerNames: StaticString =
        "raxrbxrcxrdxrsirdirbprspr8 r9 r10r11r12r13r14r15"
    private static let registerCount = 16

    /// The value of the register with that place among the names.
    private func register(_ index: Int) -> UInt64 {
        // The words of the frame: r15 to r8, rbp, rdi, rsi, rdx to rax; rsp is the twentieth.
        let words: [16 of UInt8] = [14, 13, 12, 11, 10, 9, 8, 20, 7, 6, 5, 4, 3, 2, 1, 0]
        return unsafe withUnsafeBytes(of: frame) { bytes in
            unsafe bytes.load(fromByteOffset: 8 * Int(words[index]), as: UInt64.self)
        }
    }

    private static func append(registerName index: Int, to line: inout LineBuffer) {
        for i in 0..<3 { line.append(registerNames.byte(at: 3 * index + i)) }
    }

    private func writeRegisters(to console: inout Console) {
        var line = LineBuffer()
        for index in 0..<Self.registerCount {
            line.append(index % 4 == 0 ? "  " : " ")
            Self.append(registerName: index, to: &line)
            line.append(" ")
            line.append(word: register(index))
            if index % 4 == 3 {
                Self.say(&line, to: &console)
                line = LineBuffer()
            }
        }
        line.append("  rip ")
        line.append(word: frame.rip)
        line.append(" flg ")
        line.append(word: frame.rflags)
        line.append(" cr2 ")
        line.append(word: address)
        line.append(" cr3 ")
        line.append(word: machine_read_cr3())
        Self.say(&line, to: &console)
    }
}
