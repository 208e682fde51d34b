import KernelWire

/// The neighbours of one interface: ARP's cache and RFC 4861's, whose state
/// machine it is.
///
/// Who may change an entry: an answer that was asked for. What comes unasked
/// makes no entry unless it asks for this host's own address, and never moves an
/// entry to another link address by itself: the one that is known is asked first,
/// and only when it keeps silent everybody is asked again. A station that takes an
/// address over is so believed after three seconds, and one that only claims it, not.
public struct NeighbourTable: Sendable {
    /// What a packet's sender is told.
    public enum Resolution: Equatable, Sendable {
        case known(EthernetAddress, NeighbourHandle)
        /// Its packet waits, or is lost; with `solicits` the neighbour is to be asked for now.
        case waiting(NeighbourHandle, solicits: Bool)
        /// There is no room for one more.
        case full
    }

    /// What is to be done now.
    public enum Work: Equatable, Sendable {
        /// Ask for the address: the one that is known, or everybody.
        case solicit(IPAddress, link: EthernetAddress?)
        /// Nobody has the address: packets that wait for it in `slot` are lost.
        case failed(IPAddress, slot: Int)
    }

    /// Of one interface: a host talks to those of its own link.
    public static var capacity: Int { 256 }
    /// Of those that do not answer: somebody who makes this host speak to a whole
    /// subnet does not push the others out.
    public static var maximumIncomplete: Int { 64 }
    /// Of packets that an owner keeps for one neighbour until it answers (RFC 4861, 7.2.2).
    public static var maximumWaiting: Int { 4 }
    private static var bucketCount: Int { 256 }

    private var entries: [Neighbour]
    private var buckets: [Int16]
    private let key: SipKey
    private var incomplete = 0
    public private(set) var counters = NeighbourCounters()
    /// How long somebody is believed to be there (RFC 4861, 6.3.2).
    public var reachableTime = NeighbourTiming.reachableTime
    public var retransmissionTime = NeighbourTiming.retransmissionTime
    /// When the first of the entries' states ends, or before.
    private var earliest = Instant.never

    /// - Parameter key: Makes it unpredictable which entries share a bucket.
    public init(key: SipKey) {
        self.key = key
        entries = [Neighbour](repeating: Neighbour(), count: Self.capacity)
        buckets = [Int16](repeating: -1, count: Self.bucketCount)
    }

    /// When `next` has something to do.
    public var deadline: Instant { earliest }

    /// The link address of one that was found before; `nil`: search for it.
    @inline(__always)
    public func link(of handle: NeighbourHandle) -> EthernetAddress? {
        guard entries[handle.slot].generation == handle.generation, entries[handle.slot].state == .reachable
        else { return nil }
        return entries[handle.slot].link
    }

    /// Where to send a packet for `address`.
    public mutating func resolve(_ address: IPAddress, at now: Instant) -> Resolution {
        guard let slot = find(address) ?? add(address, at: now) else {
            counters.overLimit &+= 1
            return .full
        }
        entries[slot].lastUse = now
        let handle = NeighbourHandle(slot: slot, generation: entries[slot].generation)
        switch entries[slot].state {
        case .incomplete:
            entries[slot].hasWaiting = true
            // The first question is the caller's, at once.
            let solicits = entries[slot].probes == 0
            if solicits {
                entries[slot].probes = 1
                set(slot, .incomplete, until: now + retransmissionTime)
                counters.solicitations &+= 1
            }
            return .waiting(handle, solicits: solicits)
        case .reachable:
            // Its time may be over, with no timer having said so.
            if entries[slot].deadline <= now { delay(slot, at: now) }
        case .stale: delay(slot, at: now)
        case .delayed, .probing: break
        }
        return .known(entries[slot].link, handle)
    }

    /// The upper layer has heard of the neighbour: a new acknowledgment has come through it.
    public mutating func confirm(_ handle: NeighbourHandle, at now: Instant) {
        guard handle.slot < entries.count, entries[handle.slot].isUsed,
            entries[handle.slot].generation == handle.generation, entries[handle.slot].state != .incomplete
        else { return }
        set(handle.slot, .reachable, until: now + reachableTime)
    }

    /// An answer: of ARP a reply, of NDP an advertisement.
    ///
    /// - Parameters:
    ///   - link: What it says its address on the link is; `nil`: nothing.
    ///   - isSolicited: Whether it says that it was asked for.
    /// - Returns: The slot whose packets may go now.
    public mutating func advertised(
        _ address: IPAddress, link: EthernetAddress?, isSolicited: Bool, overrides: Bool, isRouter: Bool,
        at now: Instant
    ) -> Int? {
        // What was not asked for makes no entry (RFC 4861, 7.2.5).
        guard let slot = find(address) else { return nil }
        if entries[slot].state == .incomplete {
            guard let link, link.isUnicast, entries[slot].probes > 0 else { return nil }
            entries[slot].link = link
            entries[slot].isRouter = isRouter
            counters.resolutions &+= 1
            return settle(slot, isSolicited ? .reachable : .stale, at: now)
        }
        guard let link, link != entries[slot].link else {
            // The same address, or none said: it is there, when it was asked.
            entries[slot].isRouter = isRouter
            if isSolicited, entries[slot].state == .probing || entries[slot].state == .delayed {
                set(slot, .reachable, until: now + reachableTime)
            }
            return nil
        }
        guard link.isUnicast else { return nil }
        dispute(slot, overrides: overrides, at: now)
        return nil
    }

    /// Somebody asked for this host's address and told its own.
    ///
    /// - Returns: The slot whose packets may go now.
    public mutating func asked(by address: IPAddress, link: EthernetAddress, at now: Instant) -> Int? {
        guard link.isUnicast else { return nil }
        guard let slot = find(address) ?? add(address, at: now) else {
            counters.overLimit &+= 1
            return nil
        }
        if entries[slot].state == .incomplete {
            entries[slot].link = link
            counters.resolutions &+= 1
            return settle(slot, .stale, at: now)
        }
        if entries[slot].link != link { dispute(slot, overrides: true, at: now) }
        return nil
    }

    /// The next thing that is to be done; `nil` until `deadline`.
    public mutating func next(at now: Instant) -> Work? {
        guard earliest <= now else { return nil }
        var later = Instant.never
        for slot in entries.indices where entries[slot].isUsed {
            if entries[slot].deadline <= now, let work = expire(slot, at: now) { return work }
            later = min(later, entries[slot].deadline)
        }
        earliest = later
        return nil
    }

    /// Forgets all: the link was down.
    public mutating func removeAll() {
        for slot in entries.indices where entries[slot].isUsed { remove(slot) }
    }

    /// How many there are, and of what state one is: for tests and for who asks.
    public var count: Int { entries.reduce(into: 0) { $0 += $1.isUsed ? 1 : 0 } }

    public func state(of address: IPAddress) -> (Reachability, EthernetAddress)? {
        find(address).map { (entries[$0].state, entries[$0].link) }
    }

    // MARK: States

    private mutating func expire(_ slot: Int, at now: Instant) -> Work? {
        switch entries[slot].state {
        case .reachable:
            set(slot, .stale, until: .never)
        case .stale:
            entries[slot].deadline = .never
        case .delayed:
            entries[slot].probes = 0
            return probe(slot, .probing, at: now)
        case .incomplete, .probing:
            let isIncomplete = entries[slot].state == .incomplete
            if entries[slot].probes < NeighbourTiming.maximumProbes {
                return probe(slot, entries[slot].state, at: now)
            }
            if !isIncomplete {
                // It has gone from there: everybody is asked.
                incomplete &+= 1
                entries[slot].probes = 0
                return probe(slot, .incomplete, at: now)
            }
            counters.failures &+= 1
            let address = entries[slot].address
            remove(slot)
            return .failed(address, slot: slot)
        }
        return nil
    }

    private mutating func probe(_ slot: Int, _ state: Reachability, at now: Instant) -> Work {
        entries[slot].probes &+= 1
        counters.solicitations &+= 1
        set(slot, state, until: now + retransmissionTime)
        return .solicit(entries[slot].address, link: state == .incomplete ? nil : entries[slot].link)
    }

    private mutating func delay(_ slot: Int, at now: Instant) {
        set(slot, .delayed, until: now + NeighbourTiming.firstProbeDelay)
    }

    /// Another link address is claimed for an entry: the known one is asked.
    private mutating func dispute(_ slot: Int, overrides: Bool, at now: Instant) {
        counters.disputes &+= 1
        guard overrides, entries[slot].state != .probing else {
            if !overrides, entries[slot].state == .reachable { set(slot, .stale, until: .never) }
            return
        }
        entries[slot].probes = 0
        set(slot, .probing, until: now)
    }

    /// An entry has got its link address.
    private mutating func settle(_ slot: Int, _ state: Reachability, at now: Instant) -> Int? {
        incomplete &-= 1
        let hadWaiting = entries[slot].hasWaiting
        entries[slot].hasWaiting = false
        // Packets that have waited are sent now: what was told unasked is checked soon.
        if state == .stale, hadWaiting {
            delay(slot, at: now)
        } else {
            set(slot, state, until: state == .reachable ? now + reachableTime : .never)
        }
        return hadWaiting ? slot : nil
    }

    private mutating func set(_ slot: Int, _ state: Reachability, until deadline: Instant) {
        entries[slot].state = state
        entries[slot].deadline = deadline
        if deadline < earliest { earliest = deadline }
    }

    // MARK: The table

    private func bucket(_ address: IPAddress) -> Int {
        let (high, low) = address.words
        return Int(truncatingIfNeeded: SipHash.tableHash(high, low, key: key) & UInt64(Self.bucketCount &- 1))
    }

    private func find(_ address: IPAddress) -> Int? {
        var at = buckets[bucket(address)]
        while at >= 0 {
            if entries[Int(at)].address == address { return Int(at) }
            at = entries[Int(at)].next
        }
        return nil
    }

    /// A new, incomplete entry; `nil` when there are too many of those.
    private mutating func add(_ address: IPAddress, at now: Instant) -> Int? {
        guard incomplete < Self.maximumIncomplete else { return nil }
        var place: Int?
        for slot in entries.indices {
            guard entries[slot].isUsed else {
                place = slot
                break
            }
            // The longest unused goes, of those that do not wait for an answer.
            if entries[slot].state != .incomplete,
                place.map({ entries[slot].lastUse < entries[$0].lastUse }) ?? true
            {
                place = slot
            }
        }
        guard let slot = place else { return nil }
        if entries[slot].isUsed {
            counters.evictions &+= 1
            remove(slot)
        }
        let bucket = bucket(address)
        var entry = Neighbour()
        entry.address = address
        entry.isUsed = true
        entry.state = .incomplete
        entry.generation = entries[slot].generation &+ 1
        entry.lastUse = now
        entry.next = buckets[bucket]
        entries[slot] = entry
        buckets[bucket] = Int16(slot)
        incomplete &+= 1
        return slot
    }

    private mutating func remove(_ slot: Int) {
        let bucket = bucket(entries[slot].address)
        if entries[slot].state == .incomplete { incomplete &-= 1 }
        if buckets[bucket] == Int16(slot) {
            buckets[bucket] = entries[slot].next
        } else {
            var at = Int(buckets[bucket])
            while at >= 0 {
                if entries[at].next == Int16(slot) {
                    entries[at].next = entries[slot].next
                    break
                }
                at = Int(entries[at].next)
            }
        }
        entries[slot].isUsed = false
        entries[slot].generation &+= 1
        entries[slot].deadline = .never
        entries[slot].state = .stale
    }
}
