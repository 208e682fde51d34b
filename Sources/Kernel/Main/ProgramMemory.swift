import KernelMachine
import KernelMappings
import KernelMemory

/// A range of the application's memory, and what it is.
public struct ProgramMemory: Sendable {
    public enum Use: Sendable {
        case image, heap, stack
        case memory
        /// Files, one or several side by side. What may be done there is theirs to say.
        case files
    }

    public var range: Range<UInt64>
    public var protection: Protection
    public var use: Use

    /// The first range that ends behind an address: of the image's segments, the
    /// heap, the stack of the task that asks, and the mappings, which lie in this order.
    public static func first(endingAfter address: UInt64) -> ProgramMemory? {
        var found: ProgramMemory? = nil
        unsafe ImageMap(base: Kernel.root.pointee.imageStart).forEachSegment { range, protection in
            guard range.upperBound > address, range.lowerBound < found?.range.lowerBound ?? .max else {
                return
            }
            found = ProgramMemory(range: range, protection: protection, use: .image)
        }
        if let found { return found }
        let heap = unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.applicationHeap.firstRange(endingAfter: address)
        }
        if let heap { return ProgramMemory(range: heap, protection: [.read, .write], use: .heap) }
        let (bottom, size) = KernelServices.applicationStack
        if bottom + size > address {
            return ProgramMemory(range: bottom..<bottom + size, protection: [.read, .write], use: .stack)
        }
        let mapping = unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.mappings.table.first(endingAfter: address)
        }
        guard let mapping else { return nil }
        switch mapping.contents {
        case .memory(let protection):
            return ProgramMemory(range: mapping.range, protection: protection, use: .memory)
        case .file: return ProgramMemory(range: mapping.range, protection: [], use: .files)
        }
    }
}
