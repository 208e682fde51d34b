/// A split queue's table and rings (virtio 1.2, 2.7).
struct SplitRing: BitwiseCopyable {
    private let memory: RingMemory
    private let mask: UInt16
    private let available: Int
    private let used: Int
    private let hasEvents: Bool
    private let keepsOrder: Bool
    /// The index behind what was made available last, and what it was at the last
    /// look whether to notify.
    private var nextAvailable: UInt16 = 0
    private var told: UInt16 = 0
    /// The index of what is used next.
    private var nextUsed: UInt16 = 0

    /// Of the available ring; of the used ring at the same places (2.7.6, 2.7.8).
    private static let flags = 0
    private static let index = 2
    private static let entries = 4
    /// The flag of both: the other side needs not be told.
    private static let silent: UInt16 = 1

    init(_ format: QueueFormat, _ memory: RingMemory) {
        self.memory = memory
        mask = UInt16(format.size - 1)
        available = format.driverOffset
        used = format.deviceOffset
        hasEvents = format.hasEvents
        keepsOrder = format.keepsOrder
    }

    private var size: Int { Int(mask) + 1 }
    /// Where the driver says at which index it wants to be told, and the device.
    private var usedEvent: Int { available + Self.entries + 2 * size }
    private var availableEvent: Int { used + Self.entries + 8 * size }

    // MARK: - To the device

    /// Writes one descriptor.
    @inline(__always)
    private func write(_ descriptor: UInt16, _ address: UInt64, _ length: Int, _ flags: UInt16, _ next: UInt16) {
        let offset = Int(descriptor) * Descriptor.size
        memory.store64(address, at: offset)
        memory.store64(
            UInt64(UInt32(truncatingIfNeeded: length)) | UInt64(flags) << 32 | UInt64(next) << 48, at: offset + 8)
    }

    /// Writes a request's parts to the table's entries that `slots` links from
    /// `head` on, and makes it available.
    mutating func publish(
        _ request: UnsafeMutablePointer<RequestRecord>, head: UInt16, in slots: borrowing QueueSlots
    ) {
        var descriptor = head
        for index in unsafe 0..<request.pointee.count {
            let part = unsafe request.part(index).pointee
            let next = slots[descriptor].next
            unsafe write(
                descriptor, part.deviceAddress, part.used, Descriptor.flags(index, of: request), next)
            descriptor = next
        }
        makeAvailable(head)
    }

    /// Writes them to the request's own table (2.7.5.3), and makes that available.
    mutating func publish(
        _ request: UnsafeMutablePointer<RequestRecord>, by table: RingMemory, head: UInt16
    ) {
        let count = unsafe request.pointee.count
        for index in 0..<count {
            let part = unsafe request.part(index).pointee
            let offset = index * Descriptor.size
            table.store64(part.deviceAddress, at: offset)
            let flags = unsafe Descriptor.flags(index, of: request)
            table.store64(
                UInt64(UInt32(truncatingIfNeeded: part.used)) | UInt64(flags) << 32
                    | UInt64(UInt16(truncatingIfNeeded: index + 1)) << 48, at: offset + 8)
        }
        write(head, table.deviceAddress, count * Descriptor.size, Descriptor.indirect, 0)
        makeAvailable(head)
    }

    private mutating func makeAvailable(_ head: UInt16) {
        memory.store16(head, at: available + Self.entries + 2 * Int(nextAvailable & mask))
        nextAvailable &+= 1
        memory.publish16(nextAvailable, at: available + Self.index)
    }

    /// Whether the device wants to know of what was made available since the last
    /// question (2.7.10, 2.7.13.4).
    mutating func takeNotification() -> Bool {
        let old = told
        told = nextAvailable
        guard old != nextAvailable else { return false }
        RingMemory.fence()
        guard hasEvents else { return memory.load16(at: used + Self.flags) & Self.silent == 0 }
        let event = memory.load16(at: availableEvent)
        return nextAvailable &- event &- 1 < nextAvailable &- old
    }

    // MARK: - From the device

    /// How many requests have come back since the last one that was taken.
    @inline(__always)
    func usedCount() -> UInt16 {
        memory.acquire16(at: used + Self.index) &- nextUsed
    }

    /// What the used ring's next entry says.
    @inline(__always)
    func readUsed() -> (identity: UInt32, length: UInt32) {
        let entry = used + Self.entries + 8 * Int(nextUsed & mask)
        return (memory.load32(at: entry), memory.load32(at: entry + 4))
    }

    /// One request was taken.
    @inline(__always)
    mutating func advance() { nextUsed &+= 1 }

    // MARK: - Interrupts

    /// Whether the device interrupts for what is used next (2.7.7).
    mutating func setInterrupts(_ isOn: Bool) {
        if hasEvents {
            // Off: as far away as possible.
            memory.store16(isOn ? nextUsed : nextUsed &- 1, at: usedEvent)
        } else {
            memory.store16(isOn ? 0 : Self.silent, at: available + Self.flags)
        }
        RingMemory.fence()
    }
}
