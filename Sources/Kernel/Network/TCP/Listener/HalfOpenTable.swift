import KernelSupport
import KernelWire

extension TCP {
    /// Half-open connections of a listener, in memory that is there from the beginning.
    ///
    /// A slot is in one of eight places that the endpoints' keyed hash names: finding one
    /// costs the same however many there are, and nobody can choose endpoints that meet
    /// in the same places. Where all eight are taken the table is full for that connection.
    struct HalfOpenTable: ~Copyable {
        static var places: Int { 8 }

        private let slots: SlotStorage<HalfOpen>
        private let key: SipKey
        private let mask: UInt64
        /// Slots in use.
        private(set) var count = 0
        /// No slot's deadline is earlier.
        private(set) var deadline = Instant.never
        /// How far `nextExpired` has come, and the earliest of what it has passed.
        private var cursor = 0
        private var earliest = Instant.never

        /// - Parameter slots: Each `empty`; of them as many are used as make a power of two.
        init(_ slots: SlotStorage<HalfOpen>, key: SipKey) {
            self.slots = slots
            self.key = key
            var sets: UInt64 = 1
            while Int(sets) &* 2 &* Self.places <= slots.count { sets *= 2 }
            mask = sets &- 1
        }

        private func firstPlace(_ local: Endpoint, _ remote: Endpoint) -> Int {
            guard slots.count >= Self.places else { return 0 }
            return Int(truncatingIfNeeded: InitialSequence.hash(key, local, remote, 1 << 8).finish() & mask) &* Self.places
        }

        private var placesInSet: Int { min(Self.places, slots.count) }

        func find(local: Endpoint, remote: Endpoint) -> Int? {
            guard count > 0 else { return nil }
            let first = firstPlace(local, remote)
            var index = first
            while index < first &+ placesInSet {
                if slots[index].isUsed, slots[index].remote == remote, slots[index].local == local { return index }
                index &+= 1
            }
            return nil
        }

        subscript(index: Int) -> HalfOpen { slots[index] }

        /// The first one at a slot or behind it; the slot becomes the one behind.
        func next(from slot: inout Int) -> HalfOpen? {
            while slot < slots.count {
                let index = slot
                slot &+= 1
                if slots[index].isUsed { return slots[index] }
            }
            return nil
        }

        /// Text is waited for.
        mutating func deferAccept(_ index: Int) { slots[index].marks.insert(.deferred) }

        /// `false` when there is no room.
        mutating func insert(_ half: HalfOpen) -> Bool {
            let first = firstPlace(half.local, half.remote)
            var index = first
            while index < first &+ placesInSet {
                if !slots[index].isUsed {
                    slots[index] = half
                    count &+= 1
                    deadline = min(deadline, half.deadline)
                    earliest = min(earliest, half.deadline)
                    return true
                }
                index &+= 1
            }
            return false
        }

        mutating func remove(_ index: Int) {
            slots[index].deadline = .never
            count &-= 1
        }

        /// A slot whose time has come, its deadline put off or, after the last time, the slot
        /// empty; `nil` when there is none, with `deadline` set anew.
        ///
        /// - Parameter deferral: The last time, where it is later, of one that waits for text.
        mutating func nextExpired(_ now: Instant, deferral: UInt8 = 0) -> HalfOpen? {
            guard deadline <= now else { return nil }
            while cursor < slots.count {
                let index = cursor
                cursor &+= 1
                if slots[index].deadline <= now {
                    let most = slots[index].marks.contains(.deferred)
                        ? max(deferral, Listener.greatestRetransmissions) : Listener.greatestRetransmissions
                    if slots[index].retransmissions >= most {
                        remove(index)
                        continue
                    }
                    slots[index].retransmissions &+= 1
                    slots[index].deadline = now + .seconds(min(1 << UInt64(min(slots[index].retransmissions, 7)), 120))
                    earliest = min(earliest, slots[index].deadline)
                    return slots[index]
                }
                earliest = min(earliest, slots[index].deadline)
            }
            deadline = earliest
            cursor = 0
            earliest = .never
            return nil
        }
    }
}
