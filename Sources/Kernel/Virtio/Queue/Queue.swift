import KernelSupport

/// A queue of requests to a device, with any number of them in flight.
///
/// The device is not trusted: what it says is compared with what the driver knows
/// from memory that the device can't reach. One lie breaks the queue: every call
/// but `takeBack` throws, until the device has been reset.
///
/// Not for several cores at once: who shares it has a lock.
public struct Queue: ~Copyable {
    public let format: QueueFormat
    private let memory: RingMemory
    /// The ring of the format; the other one is not used. No enumeration of both: what it
    /// holds would be copied to be changed.
    private var split: SplitRing
    private var packed: PackedRing
    private var slots: QueueSlots
    /// The device's lie that has broken it.
    public private(set) var damage: QueueDamage? = nil
    /// A queue that keeps order: the last request of those that were told at once,
    /// and the bytes written of it.
    private var group: (last: UInt16, length: UInt32)? = nil

    /// - Parameters:
    ///   - memory: What the device will use, of `format.memorySize`.
    ///   - slots: As many as there are descriptors.
    public init(_ format: QueueFormat, memory: RingMemory, slots: SlotStorage<QueueSlot>) {
        precondition(memory.count >= format.memorySize && slots.count == format.size)
        self.format = format
        self.memory = memory
        memory.clear()
        split = SplitRing(format, memory)
        packed = PackedRing(format, memory)
        self.slots = QueueSlots(slots, goesRound: format.keepsOrder && !format.isPacked)
    }

    /// Where the device finds the descriptors, the driver's and its own area.
    public var deviceAddresses: (descriptors: UInt64, driver: UInt64, device: UInt64) {
        let start = memory.deviceAddress
        return (start, start + UInt64(format.driverOffset), start + UInt64(format.deviceOffset))
    }

    /// Whether there is no descriptor for one more.
    public var isFull: Bool { slots.free == 0 }

    /// Requests in flight.
    public var inFlight: Int { slots.inFlight }

    // MARK: - To the device

    /// Hands a request to the device, which then has it until `takeUsed` gives it
    /// back. The device may have to be notified.
    ///
    /// - Parameter request: `nil` from then on; kept where this throws.
    public mutating func submit(_ request: inout Request?) throws(QueueError) {
        if let damage { throw .broken(damage) }
        guard let taken = request.take() else { throw .unfit }
        let record = unsafe taken.record
        let parts = unsafe record.pointee.count
        let table = unsafe format.hasTables && parts > 1 ? record.pointee.table : nil
        let usesTable = table.map { $0.count >= parts * Descriptor.size } ?? false
        let descriptors = usesTable ? 1 : parts
        guard parts > 0, descriptors <= format.size else {
            request = consume taken
            throw .unfit
        }
        guard descriptors <= slots.free else {
            request = consume taken
            throw .full
        }
        let head = unsafe slots.take(
            record, descriptors: descriptors, numbers: format.isPacked ? 1 : descriptors)
        switch (format.isPacked, usesTable ? table : nil) {
        case (false, nil): unsafe split.publish(record, head: head, in: slots)
        case (false, let table?): unsafe split.publish(record, by: table, head: head)
        case (true, nil): unsafe packed.publish(record, identity: head)
        case (true, let table?): unsafe packed.publish(record, by: table, identity: head)
        }
    }

    /// Whether the device is to be notified of what was submitted since the last question.
    public mutating func takeNotification() -> Bool {
        format.isPacked ? packed.takeNotification() : split.takeNotification()
    }

    // MARK: - From the device

    /// A request that the device has done; `nil`: there is none now.
    ///
    /// - Throws: `broken` where the device has said what can't be.
    public mutating func takeUsed() throws(QueueError) -> Request? {
        if let damage { throw .broken(damage) }
        // Without this, a ring that the device fills alone would never end.
        guard slots.inFlight > 0 else {
            if !format.isPacked, split.usedCount() != 0 { throw broken(.usedTooMuch) }
            return nil
        }
        if format.keepsOrder { return try takeInOrder() }
        guard let (identity, length) = try nextUsed() else { return nil }
        guard slots.isInFlight(identity) else { throw broken(.unknownRequest) }
        return try finish(UInt16(truncatingIfNeeded: identity), length: length)
    }

    /// What the device says next, if it says something.
    @inline(__always)
    private mutating func nextUsed() throws(QueueError) -> (identity: UInt32, length: UInt32)? {
        if format.isPacked { return packed.hasUsed() ? packed.readUsed() : nil }
        let count = split.usedCount()
        if count == 0 { return nil }
        guard Int(count) <= slots.inFlight else { throw broken(.usedTooMuch) }
        return split.readUsed()
    }

    /// The same where the device keeps the order: what it says of one is true of all
    /// before it, too, of which all was then written that may be.
    private mutating func takeInOrder() throws(QueueError) -> Request? {
        if group == nil {
            guard let (identity, length) = try nextUsed() else { return nil }
            guard slots.isInFlight(identity) else { throw broken(.unknownRequest) }
            group = (UInt16(truncatingIfNeeded: identity), length)
        } else if !format.isPacked, split.usedCount() == 0 {
            // The index counts them all.
            throw broken(.outOfOrder)
        }
        guard let group else { return nil }
        let oldest = slots.oldestNumber()
        guard oldest == group.last else { return try finish(oldest, length: nil) }
        self.group = nil
        return try finish(oldest, length: group.length)
    }

    /// - Parameter length: Bytes that were written; `nil`: all.
    private mutating func finish(_ head: UInt16, length: UInt32?) throws(QueueError) -> Request {
        let count = slots[head].count
        let writable = slots[head].writable
        if let length, Int(length) > writable { throw broken(.writtenTooMuch) }
        if format.isPacked { packed.advance(by: count) } else { split.advance() }
        let record = unsafe slots.give(back: head, numbers: format.isPacked ? 1 : Int(count))
        unsafe record.pointee.written = length.map { Int($0) } ?? writable
        return unsafe Request(record)
    }

    private mutating func broken(_ damage: QueueDamage) -> QueueError {
        self.damage = damage
        return .broken(damage)
    }

    /// Whether the device seems to have done a request.
    public var hasUsed: Bool {
        format.isPacked ? slots.inFlight > 0 && packed.hasUsed() : split.usedCount() != 0
    }

    // MARK: - Interrupts

    /// Has the device interrupt when a request comes back, or not.
    ///
    /// - Returns: Whether one may have come back before it knew.
    @discardableResult
    public mutating func setInterrupts(_ isOn: Bool) -> Bool {
        // What the device says without a request comes to nothing.
        if format.isPacked { packed.setInterrupts(isOn) } else { split.setInterrupts(isOn) }
        return hasUsed
    }

    // MARK: - After a reset

    /// Takes back the request that was submitted first of those in flight when the
    /// device was reset; `nil`: there is none any more, and the queue is as it was at first.
    ///
    /// Whether the device has done it can't be known: it is tried again, or ends
    /// with an error.
    public mutating func takeBack(_ proof: borrowing ResetProof) -> Request? {
        if let number = slots.firstInFlight() {
            let numbers = format.isPacked ? 1 : Int(slots[number].count)
            let record = unsafe slots.give(back: number, numbers: numbers)
            unsafe record.pointee.written = 0
            return unsafe Request(record)
        }
        memory.clear()
        split = SplitRing(format, memory)
        packed = PackedRing(format, memory)
        slots.restart()
        group = nil
        damage = nil
        return nil
    }
}

/// A device has been reset and has no memory of the driver's any more. Only
/// `Device` makes one.
public struct ResetProof: ~Copyable {
    init() {}
}
