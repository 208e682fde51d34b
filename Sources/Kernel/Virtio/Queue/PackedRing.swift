/// A packed queue's ring of descriptors and the two event suppressions (virtio 1.2, 2.8).
struct PackedRing: BitwiseCopyable {
    private let memory: RingMemory
    private let size: UInt16
    private let driverEvent: Int
    private let deviceEvent: Int
    private let hasEvents: Bool
    /// Where the next descriptor is made available, and the ring's round (2.8.1).
    private var nextAvailable: UInt16 = 0
    private var availableRound = true
    /// Descriptors that were made available since the last look whether to notify.
    private var untold: UInt16 = 0
    /// Where the next one is used.
    private var nextUsed: UInt16 = 0
    private var usedRound = true

    /// Of an event suppression (2.8.14).
    private static let enabled: UInt16 = 0
    private static let disabled: UInt16 = 1
    private static let atPlace: UInt16 = 2

    init(_ format: QueueFormat, _ memory: RingMemory) {
        self.memory = memory
        size = UInt16(format.size)
        driverEvent = format.driverOffset
        deviceEvent = format.deviceOffset
        hasEvents = format.hasEvents
    }

    // MARK: - To the device

    private var ownership: UInt16 { availableRound ? Descriptor.available : Descriptor.used }

    /// Moves on by one descriptor.
    private mutating func advanceAvailable() {
        untold &+= 1
        nextAvailable += 1
        if nextAvailable == size {
            nextAvailable = 0
            availableRound.toggle()
        }
    }

    /// Writes a request's parts to descriptors in a row; the first one's flags last,
    /// so that the device sees all or none (2.8.6, 2.8.21).
    mutating func publish(_ request: UnsafeMutablePointer<RequestRecord>, identity: UInt16) {
        let first = Int(nextAvailable) * Descriptor.size
        let firstFlags = unsafe Descriptor.flags(0, of: request) | ownership
        for index in unsafe 0..<request.pointee.count {
            let part = unsafe request.part(index).pointee
            let offset = Int(nextAvailable) * Descriptor.size
            memory.store64(part.deviceAddress, at: offset)
            memory.store32(UInt32(truncatingIfNeeded: part.used), at: offset + 8)
            memory.store16(identity, at: offset + 12)
            if index > 0 {
                memory.store16(unsafe Descriptor.flags(index, of: request) | ownership, at: offset + 14)
            }
            advanceAvailable()
        }
        memory.publish16(firstFlags, at: first + 14)
    }

    /// Writes them to the request's own table (2.8.7), and one descriptor for that.
    mutating func publish(
        _ request: UnsafeMutablePointer<RequestRecord>, by table: RingMemory, identity: UInt16
    ) {
        let count = unsafe request.pointee.count
        for index in 0..<count {
            let part = unsafe request.part(index).pointee
            let offset = index * Descriptor.size
            // The order in the table is the order of parts: of the flags only this one counts.
            let flags = unsafe Descriptor.flags(index, of: request) & Descriptor.write
            table.store64(part.deviceAddress, at: offset)
            table.store64(
                UInt64(UInt32(truncatingIfNeeded: part.used)) | UInt64(flags) << 48, at: offset + 8)
        }
        let offset = Int(nextAvailable) * Descriptor.size
        memory.store64(table.deviceAddress, at: offset)
        memory.store32(UInt32(truncatingIfNeeded: count * Descriptor.size), at: offset + 8)
        memory.store16(identity, at: offset + 12)
        memory.publish16(Descriptor.indirect | ownership, at: offset + 14)
        advanceAvailable()
    }

    /// Whether the device wants to know of what was made available since the last
    /// question (2.8.10).
    mutating func takeNotification() -> Bool {
        let count = untold
        untold = 0
        guard count > 0 else { return false }
        RingMemory.fence()
        let event = memory.load32(at: deviceEvent)
        let flags = UInt16(truncatingIfNeeded: event >> 16) & 3
        guard hasEvents, flags == Self.atPlace else { return flags != Self.disabled }
        // A place in the round before this one lies below its first.
        let isThisRound = (event & 1 << 15 != 0) == availableRound
        let place = UInt16(truncatingIfNeeded: event) & 0x7FFF &- (isThisRound ? 0 : size)
        return nextAvailable &- place &- 1 < count
    }

    // MARK: - From the device

    /// Whether the next descriptor has come back.
    @inline(__always)
    func hasUsed() -> Bool {
        let flags = memory.acquire16(at: Int(nextUsed) * Descriptor.size + 14)
        let whole = Descriptor.available | Descriptor.used
        return flags & whole == (usedRound ? whole : 0)
    }

    /// What it says.
    @inline(__always)
    func readUsed() -> (identity: UInt32, length: UInt32) {
        let offset = Int(nextUsed) * Descriptor.size
        return (UInt32(memory.load16(at: offset + 12)), memory.load32(at: offset + 8))
    }

    /// A request of so many descriptors was taken.
    @inline(__always)
    mutating func advance(by count: UInt16) {
        nextUsed += count
        if nextUsed >= size {
            nextUsed -= size
            usedRound.toggle()
        }
    }

    // MARK: - Interrupts

    /// Whether the device interrupts for what is used next (2.8.10).
    mutating func setInterrupts(_ isOn: Bool) {
        if isOn && hasEvents {
            memory.store16(nextUsed | (usedRound ? 1 << 15 : 0), at: driverEvent)
            memory.publish16(Self.atPlace, at: driverEvent + 2)
        } else {
            memory.publish16(isOn ? Self.enabled : Self.disabled, at: driverEvent + 2)
        }
        RingMemory.fence()
    }
}
