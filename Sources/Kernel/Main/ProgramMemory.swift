import KernelMachine
import KernelMappings
import KernelMemory

/// A range of the application's memory, and what it is.
public struct ProgramMemory: Sendable {
    public enum Use: Sendable {
        case image, stack, mapping
    }

    public var range: Range<UInt64>
    public var protection: Protection
    public var use: Use

    /// The first range that ends behind an address: of the image's segments, the
    /// stack of the task that asks, and the mappings, which lie in this order. The
    /// heap and mapped files are not among them.
    public static func first(endingAfter address: UInt64) -> ProgramMemory? {
        var found: ProgramMemory? = nil
        unsafe ImageMap(base: Kernel.root.pointee.imageStart).forEachSegment { range, protection in
            guard range.upperBound > address, range.lowerBound < found?.range.lowerBound ?? .max else {
                return
            }
            found = ProgramMemory(range: range, protection: protection, use: .image)
        }
        if let found { return found }
        let (bottom, size) = KernelServices.applicationStack
        if bottom + size > address {
            return ProgramMemory(range: bottom..<bottom + size, protection: [.read, .write], use: .stack)
        }
        return unsafe Kernel.root.pointee.memory.withLock { memory in
            var address = address
            while let mapping = memory.mappings.table.first(endingAfter: address) {
                if case .memory(let protection) = mapping.contents {
                    return ProgramMemory(range: mapping.range, protection: protection, use: .mapping)
                }
                address = mapping.range.upperBound
            }
            return nil
        }
    }
}
