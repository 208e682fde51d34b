import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The functions that called one another, from where something went wrong to
/// the first: through the kernel, the gate and the application.
struct Backtrace {
    private let code = Self.imageCode
    private let stacks: [4 of Range<UInt64>]

    /// Frames that are told at the inner and at the outer end.
    private static let innerFrames = 24
    private static let outerFrames = 8
    /// Frames that are looked at; the smallest ones fill the largest stack.
    private static let longestChain = 600_000

    init() {
        let boot = machine_boot_stack_bottom()..<machine_boot_stack_end()
        let core = unsafe machine_this_core()
        let exceptions =
            unsafe machine_exception_stacks_bottom(core)..<machine_report_stack(core)
        if unsafe Kernel.root == nil {
            stacks = [boot, exceptions, 0..<0, 0..<0]
        } else {
            let context = unsafe Kernel.currentTask.pointee.context
            stacks = [boot, exceptions, context.kernelStack.range, context.applicationStack.range]
        }
    }

    private static var imageCode: Range<UInt64> { ImageMap(base: machine_image_start()).code }

    /// The word at `address`, which need not be aligned; `nil` where memory is
    /// not there. Of use while a fault is reported only: its exceptions have a
    /// stack of their own.
    static func word(at address: UInt64) -> UInt64? {
        var value: UInt64 = 0
        let missing = unsafe machine_copy(
            &value, UnsafeRawPointer(bitPattern: UInt(address)), 8)
        return missing == 0 ? value : nil
    }

    /// Adds an address, and its place in the image where it is one of code.
    @inline(never)
    static func append(_ address: UInt64, to line: inout LineBuffer) {
        line.append(hexadecimal: address)
        guard imageCode.contains(address) else { return }
        line.append(" image+")
        line.append(hexadecimal: address - machine_image_start())
    }

    @inline(never)
    private func writeFrame(
        _ number: Int, _ words: StaticString, _ address: UInt64, to console: inout Console
    ) {
        var line = LineBuffer()
        line.append("  #")
        line.append(decimal: number)
        line.append(words)
        Self.append(address, to: &line)
        FaultReport.say(&line, to: &console)
    }

    /// Writes the backtrace of an exception.
    func write(
        instruction: UInt64, stackPointer: UInt64, framePointer: UInt64, to console: inout Console
    ) {
        writeFrame(0, " at ", instruction, to: &console)
        var number = 1
        let caller = FramelessCaller.find(
            instruction: instruction, stackPointer: stackPointer, code: code, read: Self.word)
        if let caller {
            writeFrame(number, " from ", caller, to: &console)
            number += 1
        }
        write(from: framePointer, number: number, to: &console)
    }

    /// Writes the return addresses along a chain of frame pointers.
    ///
    /// - Parameters:
    ///   - pointer: The innermost.
    ///   - first: The number of the first line.
    func write(from pointer: UInt64, number first: Int, to console: inout Console) {
        var chain = FrameChain(from: pointer, stacks: stacks)
        var outer: [8 of UInt64] = .init(repeating: 0)
        var number = first
        while number < first + Self.longestChain, let frame = chain.next(read: Self.word) {
            if number < Self.innerFrames {
                writeFrame(number, " from ", frame.returnAddress, to: &console)
            } else {
                outer[number % Self.outerFrames] = frame.returnAddress
            }
            number += 1
        }
        let rest = max(Self.innerFrames, number - Self.outerFrames)
        if rest > Self.innerFrames {
            var line = LineBuffer()
            line.append("  ... ")
            line.append(decimal: rest - Self.innerFrames)
            line.append(" more ...")
            FaultReport.say(&line, to: &console)
        }
        if rest < number {
            for i in rest..<number {
                writeFrame(i, " from ", outer[i % Self.outerFrames], to: &console)
            }
        }
        writeEnd(chain.end, to: &console)
    }

    private func writeEnd(_ end: FrameChain.End?, to console: inout Console) {
        var line = LineBuffer()
        switch end {
        case .outermost: return
        case nil: line.append("  there are more frames than are looked at")
        case .damaged(let pointer):
            line.append("  no further: the frame pointer ")
            line.append(hexadecimal: pointer)
            line.append(" is no caller's")
        case .unreadable(let pointer):
            line.append("  no further: nothing is at the frame pointer ")
            line.append(hexadecimal: pointer)
        }
        FaultReport.say(&line, to: &console)
    }
}
