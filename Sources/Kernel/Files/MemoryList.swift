import KernelFileSystem
import KernelMain
import KernelMappings
import KernelSupport

/// `/proc/self/maps`, as Linux has it (proc(5)).
///
/// Range after range is asked for, each as it is at that moment, and none twice: what is
/// changed meanwhile is seen or not, and what stays is there.
enum MemoryList {
    /// The first range of a file that ends behind an address; set with the first mapping
    /// of one.
    nonisolated(unsafe) static var firstOfFiles: (@Sendable (UInt64) -> MappedRange?)? = nil

    /// Where names begin.
    private static let nameColumn = 73

    static func write(_ text: inout TextWindow, program: (inout TextWindow) -> Void) {
        var last: UInt64 = 0
        var path = FoundPath()
        while let memory = ProgramMemory.first(endingAfter: last) {
            guard memory.use != .files else {
                guard let mapped = unsafe firstOfFiles?(last),
                    mapped.range.lowerBound < memory.range.upperBound
                else {
                    last = memory.range.upperBound
                    continue
                }
                write(
                    max(last, mapped.range.lowerBound)..<mapped.range.upperBound,
                    Protection(rawValue: mapped.protection), mapped, &text)
                text.append(" ")
                while text.column < nameColumn { text.append(" ") }
                path.find(mapped.node)
                path.write(to: &text)
                text.append("\n")
                last = mapped.range.upperBound
                continue
            }
            write(
                max(last, memory.range.lowerBound)..<memory.range.upperBound, memory.protection, nil,
                &text)
            text.append(" ")
            switch memory.use {
            case .image:
                while text.column < nameColumn { text.append(" ") }
                program(&text)
            case .heap, .stack:
                while text.column < nameColumn { text.append(" ") }
                text.append(memory.use == .heap ? "[heap]" : "[stack]")
            case .memory, .files: break
            }
            text.append("\n")
            last = memory.range.upperBound
        }
    }

    /// All in front of the name.
    private static func write(
        _ range: Range<UInt64>, _ protection: Protection, _ mapped: MappedRange?,
        _ text: inout TextWindow
    ) {
        text.append(hexadecimal: range.lowerBound, width: 8)
        text.append("-")
        text.append(hexadecimal: range.upperBound, width: 8)
        text.append(protection.contains(.read) ? " r" : " -")
        text.append(protection.contains(.write) ? "w" : "-")
        text.append(protection.contains(.execute) ? "x" : "-")
        guard let mapped else { return text.append("p 00000000 00:00 0") }
        text.append(mapped.isShared ? "s " : "p ")
        text.append(
            hexadecimal: mapped.page(at: range.lowerBound) * MappedRange.pageSize, width: 8)
        text.append(" ")
        // As `st_dev` and `st_ino` say.
        text.append(hexadecimal: 0, width: 2)
        text.append(":")
        text.append(hexadecimal: UInt64(mapped.node.system.rawValue) + 1, width: 2)
        text.append(" ")
        text.append(mapped.node.inode.number)
    }
}

/// The path of the last file that was looked for. There is no memory for it on a stack.
@safe private struct FoundPath: ~Copyable {
    private static let size = 4096

    private var node: Node? = nil
    private let block = unsafe kernelHeapAllocate(size, 16)
    /// 0: the file has no name, or there is no memory.
    private var count = 0

    deinit { if let block = unsafe block { unsafe kernelHeapDeallocate(block) } }

    mutating func find(_ node: Node) {
        if self.node == node { return }
        self.node = node
        count = 0
        guard let block = unsafe block, let files = try? KernelFiles() else { return }
        var bytes = unsafe UnsafeMutableRawBufferPointer(start: block, count: Self.size).mutableBytes
        count = files.path(ofFile: node.inode, &bytes) ?? 0
    }

    func write(to text: inout TextWindow) {
        guard let block = unsafe block, count > 0 else {
            text.append("/#")
            text.append(node?.inode.number ?? 0)
            return text.append(" (deleted)")
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: block, count: Self.size).bytes
        for offset in Self.size - count..<Self.size {
            let byte = bytes.value(at: UInt64(offset), as: UInt8.self) ?? 0
            // A line is one, whatever is in a name.
            if byte == UInt8(ascii: "\n") { text.append("\\012") } else { text.append(byte) }
        }
    }
}
