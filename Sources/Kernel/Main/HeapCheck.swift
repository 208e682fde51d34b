import CMachine
import KernelMachine
import KernelMemory
import KernelSupport

/// What `heap=check` does: no task keeps blocks for itself, so that the heap
/// knows of each whether it is taken, and blocks that were given back are
/// filled with a pattern. The first thing that is wrong ends the program with
/// a report of what it was and where it was noticed.
enum HeapCheck {
    /// What a block is filled with when it is given back.
    private static let pattern: UInt64 = 0xDEAD_DEAD_DEAD_DEAD
    /// The status of a program whose heap is wrong: as abort's.
    private static let status: Int32 = 134
    /// Larger blocks are mappings, which are gone when they are given back.
    private static let largest = SizeClass.largest

    /// A block is about to be given to the program.
    ///
    /// - Parameter size: As it was asked for.
    static func taken(_ block: UnsafeMutableRawPointer, size: Int) {
        guard size <= largest else { return }
        let address = UInt64(UInt(bitPattern: block))
        let room =
            unsafe Kernel.root.pointee.memory.withLock { $0.applicationHeap.size(of: address) } ?? 0
        // A block that was never given reads as zeros.
        let first = unsafe block.load(as: UInt64.self)
        for offset in stride(from: 0, to: room, by: 8)
        where unsafe block.load(fromByteOffset: offset, as: UInt64.self) != first
            || first != pattern && first != 0
        {
            unsafe fail(block, "block was written to after it was given back, at its byte ", offset)
        }
    }

    /// The program gives `block` back.
    static func given(_ block: UnsafeMutableRawPointer) {
        let address = UInt64(UInt(bitPattern: block))
        let (size, place) = unsafe Kernel.root.pointee.memory.withLock { memory in
            (
                memory.applicationHeap.size(of: address),
                memory.applicationHeap.place(of: address, in: &memory.space)
            )
        }
        guard let size else {
            switch place {
            case .freed: unsafe fail(block, "double free: the block was given back before", nil)
            case .block(let start, _):
                unsafe fail(block, "wild free: a block is there, and starts earlier by ", Int(address - start))
            default: unsafe fail(block, "wild free: there is no block", nil)
            }
        }
        guard size <= largest else { return }
        for offset in stride(from: 0, to: size, by: 8) {
            unsafe block.storeBytes(of: pattern, toByteOffset: offset, as: UInt64.self)
        }
    }

    private static func fail(
        _ block: UnsafeMutableRawPointer, _ what: StaticString, _ number: Int?
    ) -> Never {
        Faults.abort(status: status) { line in
            line.append("heap: ")
            line.append(hexadecimal: UInt64(UInt(bitPattern: block)))
            line.append(": ")
            line.append(what)
            if let number { line.append(decimal: number) }
        }
    }
}
