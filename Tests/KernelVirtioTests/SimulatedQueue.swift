import KernelVirtio

/// The device's end of a queue, written from virtio 1.2, 2.7 and 2.8, apart from the
/// driver's. It sees the host's memory at its addresses.
final class SimulatedQueue {
    struct Element {
        var identity: UInt16
        var readable: [UnsafeMutableRawBufferPointer] = []
        var writable: [UnsafeMutableRawBufferPointer] = []
        /// Descriptors of the ring.
        var count = 0
        /// Where it stood in the ring.
        var place = 0
    }

    let memory: UnsafeMutableRawBufferPointer
    let isPacked: Bool
    let size: Int
    let hasEvents: Bool
    let driverOffset: Int
    let deviceOffset: Int
    private var nextAvailable = 0
    private var availableRound = true
    private var nextUsed = 0
    private var usedRound = true
    /// The used index at the last look whether to interrupt.
    private var toldUsed = 0
    private var usedSince = 0
    /// What was wrong with what the driver wrote.
    private(set) var complaint: String? = nil

    init(_ memory: UnsafeMutableRawBufferPointer, isPacked: Bool, size: Int, hasEvents: Bool) {
        self.memory = memory
        self.isPacked = isPacked
        self.size = size
        self.hasEvents = hasEvents
        driverOffset = 16 * size
        deviceOffset = isPacked ? 16 * size + 4 : (18 * size + 6 + 3) / 4 * 4
    }

    private func load<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
        memory.load(fromByteOffset: offset, as: type)
    }
    private func store<T: FixedWidthInteger>(_ value: T, _ offset: Int) {
        memory.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }

    // MARK: - From the driver

    /// Says whether and when it wants to be notified.
    func wantNotification(_ isWanted: Bool) {
        if isPacked {
            if isWanted && hasEvents {
                store(UInt16(nextAvailable) | (availableRound ? 1 << 15 : 0), deviceOffset)
                store(2 as UInt16, deviceOffset + 2)
            } else {
                store((isWanted ? 0 : 1) as UInt16, deviceOffset + 2)
            }
        } else if hasEvents {
            store(UInt16(truncatingIfNeeded: isWanted ? nextAvailable : nextAvailable - 1), deviceOffset + 4 + 8 * size)
        } else {
            store((isWanted ? 0 : 1) as UInt16, deviceOffset)
        }
    }

    private func add(_ address: UInt64, _ length: UInt32, _ flags: UInt16, to element: inout Element) {
        if length == 0 { complaint = "a part without bytes" }
        let part = UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: UInt(address)), count: Int(length))
        if flags & 2 != 0 {
            element.writable.append(part)
        } else {
            if !element.writable.isEmpty { complaint = "a readable part behind a writable one" }
            element.readable.append(part)
        }
    }

    private func walkTable(_ address: UInt64, _ length: UInt32, into element: inout Element) {
        let table = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(address)), count: Int(length))
        if length == 0 || length % 16 != 0 { complaint = "a table of \(length) bytes" }
        var index = 0
        for step in 0..<Int(length) / 16 {
            let offset = index * 16
            let flags = table.load(fromByteOffset: offset + (isPacked ? 14 : 12), as: UInt16.self)
            add(
                table.load(fromByteOffset: offset, as: UInt64.self),
                table.load(fromByteOffset: offset + 8, as: UInt32.self), flags, to: &element)
            if isPacked {
                if flags & ~2 != 0 { complaint = "flags \(flags) in a table" }
                index += 1
            } else if flags & 1 == 0 {
                if step + 1 != Int(length) / 16 { complaint = "a table that ends early" }
                break
            } else {
                index = Int(table.load(fromByteOffset: offset + 14, as: UInt16.self))
            }
        }
    }

    /// The next request, if there is one.
    func take() -> Element? { isPacked ? takePacked() : takeSplit() }

    private func takeSplit() -> Element? {
        let index = Int(load(driverOffset + 2, UInt16.self))
        guard index != nextAvailable & 0xFFFF else { return nil }
        let head = load(driverOffset + 4 + 2 * (nextAvailable % size), UInt16.self)
        nextAvailable = (nextAvailable + 1) & 0xFFFF
        var element = Element(identity: head)
        var descriptor = Int(head)
        while true {
            guard descriptor < size, element.count < size else {
                complaint = "a chain that does not end"
                return element
            }
            let offset = descriptor * 16
            let (address, length) = (load(offset, UInt64.self), load(offset + 8, UInt32.self))
            let flags = load(offset + 12, UInt16.self)
            element.count += 1
            if flags & 4 != 0 {
                walkTable(address, length, into: &element)
            } else {
                add(address, length, flags, to: &element)
            }
            if flags & 1 == 0 { return element }
            descriptor = Int(load(offset + 14, UInt16.self))
        }
    }

    private func takePacked() -> Element? {
        let first = load(nextAvailable * 16 + 14, UInt16.self)
        let (isAvailable, isUsed) = (first & 1 << 7 != 0, first & 1 << 15 != 0)
        guard isAvailable == availableRound, isUsed != availableRound else { return nil }
        var element = Element(identity: 0)
        element.place = nextAvailable
        while true {
            let offset = nextAvailable * 16
            let flags = load(offset + 14, UInt16.self)
            element.identity = load(offset + 12, UInt16.self)
            if (flags & 1 << 7 != 0) != availableRound || (flags & 1 << 15 != 0) == availableRound {
                complaint = "a descriptor of a chain that is not available"
            }
            element.count += 1
            if flags & 4 != 0 {
                walkTable(load(offset, UInt64.self), load(offset + 8, UInt32.self), into: &element)
            } else {
                add(load(offset, UInt64.self), load(offset + 8, UInt32.self), flags, to: &element)
            }
            nextAvailable += 1
            if nextAvailable == size {
                nextAvailable = 0
                availableRound.toggle()
            }
            if flags & 1 == 0 { return element }
            guard element.count < size else {
                complaint = "a chain that does not end"
                return element
            }
        }
    }

    // MARK: - To the driver

    /// Gives requests back, one entry for all of them: the last of the list.
    func give(_ elements: [Element], written: UInt32) {
        let last = elements[elements.count - 1]
        if isPacked {
            let offset = nextUsed * 16
            store(last.identity, offset + 12)
            store(written, offset + 8)
            store((usedRound ? 1 << 7 | 1 << 15 : 0) as UInt16, offset + 14)
            for element in elements {
                nextUsed += element.count
                usedSince += element.count
                while nextUsed >= size {
                    nextUsed -= size
                    usedRound.toggle()
                }
            }
        } else {
            let entry = deviceOffset + 4 + 8 * (nextUsed % size)
            store(UInt32(last.identity), entry)
            store(written, entry + 4)
            nextUsed = (nextUsed + elements.count) & 0xFFFF
            usedSince += elements.count
            store(UInt16(nextUsed), deviceOffset + 2)
        }
    }

    /// Whether the driver wants an interrupt for what was used since the last question.
    func takeInterrupt() -> Bool {
        let since = usedSince
        usedSince = 0
        guard since > 0 else { return false }
        if isPacked {
            let event = load(driverOffset, UInt16.self)
            let flags = load(driverOffset + 2, UInt16.self)
            guard flags == 2 else { return flags == 0 }
            // Whether the place was passed by the last `since` descriptors.
            var place = nextUsed
            var round = usedRound
            for _ in 0..<since {
                place -= 1
                if place < 0 {
                    place = size - 1
                    round.toggle()
                }
                if place == Int(event & 0x7FFF) && round == (event & 1 << 15 != 0) { return true }
            }
            return false
        }
        if hasEvents {
            let event = Int(load(driverOffset + 4 + 2 * size, UInt16.self))
            return (1...since).contains { (nextUsed - $0) & 0xFFFF == event }
        }
        return load(driverOffset, UInt16.self) & 1 == 0
    }
}
