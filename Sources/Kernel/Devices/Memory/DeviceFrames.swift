import KernelMachine
import KernelMain
import KernelMemory
import KernelSupport
import KernelVirtio

/// Memory for a driver and its device, which it keeps for as long as the machine runs.
///
/// Devices see memory at its physical addresses. With isolation the kernel has it in the domain of
/// devices, and so has code that is kept from all other domains (KernelMain/Isolated).
@safe public struct DeviceFrames {
    private let start: UInt64
    /// Where the kernel has memory, from its physical address on.
    private let window: UInt64
    private let size: Int
    private var used = 0

    /// `nil`: there is no memory.
    ///
    /// - Parameter order: So many pages, as a power of two.
    public init?(order: Int) {
        let size = 4096 << order
        let window = Isolation.isOn ? Layout.devices : Layout.directMap
        let start = unsafe Kernel.root.pointee.memory.withLock { memory -> UInt64? in
            guard let frames = memory.space.frames.allocate(order: order) else { return nil }
            if window == Layout.directMap { return frames.value }
            guard memory.space.show(frames, count: 1 << order, at: window + frames.value) else {
                memory.space.frames.deallocate(frames, order: order)
                return nil
            }
            return frames.value
        }
        guard let start else { return nil }
        self.start = start
        self.window = window
        self.size = size
    }

    private mutating func take(_ count: Int, alignment: Int) -> (UnsafeMutableRawPointer, UInt64)? {
        let offset = (used + alignment - 1) & ~(alignment - 1)
        guard count > 0, offset <= size, count <= size - offset else { return nil }
        used = offset + count
        let place = start + UInt64(offset)
        return unsafe (
            UnsafeMutableRawPointer(bitPattern: UInt(window + place)).unsafelyUnwrapped, place
        )
    }

    /// Memory for a ring or a table; `nil`: there is no more.
    public mutating func ring(_ count: Int) -> RingMemory? {
        guard let (base, place) = unsafe take(count, alignment: 16) else { return nil }
        return unsafe RingMemory(base, count: count, deviceAddress: place)
    }

    /// Memory for a part of a request; `nil`: there is no more.
    public mutating func memory(_ count: Int) -> DeviceMemory? {
        guard let (base, place) = unsafe take(count, alignment: 16) else { return nil }
        return unsafe DeviceMemory(MemoryBlock(base, count: count), deviceAddress: place)
    }
}

/// Memory that drivers have and devices do not reach.
public enum DriverMemory {
    /// A block of the kernel's heap; `nil`: there is no memory.
    public static func block(_ size: Int) -> MemoryBlock? {
        guard let block = unsafe kernelHeapAllocate(size, 16) else { return nil }
        return unsafe MemoryBlock(block, count: size)
    }

    /// Gives a block back.
    public static func free(_ block: MemoryBlock) { unsafe kernelHeapDeallocate(block.address) }

    /// Slots of a queue.
    public static func slots(_ count: Int) -> SlotStorage<QueueSlot>? { slots(count, filler: QueueSlot()) }

    /// A table; `nil`: there is no memory.
    public static func slots<Element: BitwiseCopyable>(_ count: Int, filler: Element) -> SlotStorage<Element>? {
        guard let block = block(count * MemoryLayout<Element>.stride) else { return nil }
        let slots = unsafe block.address.bindMemory(to: Element.self, capacity: count)
        unsafe slots.initialize(repeating: filler, count: count)
        return unsafe SlotStorage(slots, count: count)
    }
}
