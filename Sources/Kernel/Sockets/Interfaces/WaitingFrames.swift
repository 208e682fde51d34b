import KernelDevices
import KernelMain
import KernelNetwork
import KernelSupport
import KernelWire

/// Frames that wait until their neighbour's address is known, which is then put into their
/// first six bytes.
struct WaitingFrames: ~Copyable {
    struct Frame: BitwiseCopyable {
        let interface: Int
        let slot: Int
        let nextHop: IPAddress
        let turn: UInt64
        let block: MemoryBlock
        let count: Int
        /// The neighbour does not answer: who has sent it is to be told.
        var hasFailed = false
    }

    private let frames: SlotStorage<Frame?>
    private var nextTurn: UInt64 = 0

    /// Of all neighbours; each has room for few.
    private static let most = 64

    /// `nil`: there is no memory.
    init?() {
        guard let frames = DriverMemory.slots(Self.most, filler: nil as Frame?) else { return nil }
        self.frames = frames
    }

    /// Keeps a frame. Of one neighbour's at most `NeighbourTable.maximumWaiting` are kept: then
    /// the oldest goes (RFC 4861, 7.2.2).
    ///
    /// - Parameter fill: Writes it.
    /// - Returns: `false`: there is no room for it.
    mutating func keep(
        interface: Int, slot: Int, nextHop: IPAddress, count: Int, _ fill: (inout MutableRawSpan) -> Void
    ) -> Bool {
        var (free, same): (Int?, Int) = (nil, 0)
        for index in 0..<Self.most {
            guard let frame = frames[index] else {
                if free == nil { free = index }
                continue
            }
            if frame.interface == interface, frame.slot == slot, !frame.hasFailed { same += 1 }
        }
        if same >= NeighbourTable.maximumWaiting, let oldest = oldest(interface, slot) {
            give(oldest)
            free = oldest
        }
        guard let place = free, let block = DriverMemory.block(count) else { return false }
        block.withMutableBytes(0..<count, fill)
        frames[place] = Frame(
            interface: interface, slot: slot, nextHop: nextHop, turn: nextTurn, block: block, count: count)
        nextTurn &+= 1
        return true
    }

    private func oldest(_ interface: Int, _ slot: Int) -> Int? {
        var oldest: Int? = nil
        for index in 0..<Self.most {
            guard let frame = frames[index], frame.interface == interface, frame.slot == slot,
                !frame.hasFailed
            else { continue }
            if let known = oldest, let other = frames[known], other.turn < frame.turn { continue }
            oldest = index
        }
        return oldest
    }

    private mutating func give(_ index: Int) {
        if let frame = frames[index] { DriverMemory.free(frame.block) }
        frames[index] = nil
    }

    /// The neighbour does not answer.
    mutating func drop(interface: Int, slot: Int) {
        for index in 0..<Self.most {
            if let frame = frames[index], frame.interface == interface, frame.slot == slot {
                frames[index]?.hasFailed = true
            }
        }
    }

    /// Takes one that did not go, with its block, whose it is who has called; `nil`: there is none.
    mutating func takeFailed() -> Frame? {
        for index in 0..<Self.most {
            if let frame = frames[index], frame.hasFailed {
                frames[index] = nil
                return frame
            }
        }
        return nil
    }

    /// Takes the oldest that waits for a neighbour, with its block, whose it is who has called.
    mutating func takeFirst(interface: Int, slot: Int) -> Frame? {
        guard let index = oldest(interface, slot), let frame = frames[index] else { return nil }
        frames[index] = nil
        return frame
    }
}

/// Fragments' bytes, a buffer for each of `Reassembly`'s slots of an interface that is in use.
struct FragmentMemory: ~Copyable {
    private struct Buffer: BitwiseCopyable {
        let interface: Int
        let slot: Int
        let block: MemoryBlock
    }

    private static let size = 65_536
    /// Those of two interfaces.
    private static let most = 2 * Reassembly.maximumDatagrams
    private let buffers: SlotStorage<Buffer?>

    /// `nil`: there is no memory.
    init?() {
        guard let buffers = DriverMemory.slots(Self.most, filler: nil as Buffer?) else { return nil }
        self.buffers = buffers
    }

    /// Puts bytes of a datagram in their place.
    ///
    /// - Returns: `false`: there is no memory for them.
    mutating func store(
        _ bytes: RawSpan, of placement: Reassembly.Placement, interface: Int
    ) -> Bool {
        if placement.begins { give(interface: interface, slot: placement.slot) }
        guard let block = buffer(interface, placement.slot), placement.offset + bytes.byteCount <= Self.size else {
            return false
        }
        block.withMutableBytes(placement.offset..<placement.offset + bytes.byteCount) { span in
            _ = span.copy(bytes, at: 0, count: UInt64(bytes.byteCount), to: 0)
        }
        return true
    }

    /// The whole datagram's buffer, whose it is who has called.
    mutating func take(interface: Int, slot: Int) -> MemoryBlock? {
        for index in 0..<Self.most {
            guard let buffer = buffers[index], buffer.interface == interface, buffer.slot == slot else { continue }
            buffers[index] = nil
            return buffer.block
        }
        return nil
    }

    private mutating func give(interface: Int, slot: Int) {
        if let block = take(interface: interface, slot: slot) { DriverMemory.free(block) }
    }

    private mutating func buffer(_ interface: Int, _ slot: Int) -> MemoryBlock? {
        var free: Int? = nil
        for index in 0..<Self.most {
            if let buffer = buffers[index] {
                if buffer.interface == interface, buffer.slot == slot { return buffer.block }
            } else if free == nil {
                free = index
            }
        }
        guard let free, let block = DriverMemory.block(Self.size) else { return nil }
        buffers[free] = Buffer(interface: interface, slot: slot, block: block)
        return block
    }
}
