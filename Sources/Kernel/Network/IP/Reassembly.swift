import KernelWire

/// Puts fragments together (RFC 791, 3.2; RFC 815; RFC 8200, 4.5).
///
/// The bytes are the caller's: it has a buffer for each slot, and is told where in
/// which a fragment's bytes belong. No byte is written twice.
public struct Reassembly: Sendable {
    /// What a fragment is a fragment of.
    public struct Key: Equatable, Sendable, BitwiseCopyable {
        public var source: IPAddress
        public var destination: IPAddress
        public var identification: UInt32
        /// IPv4 tells datagrams apart by it; for IPv6 it is always the same.
        public var `protocol`: IPProtocol

        public init(
            source: IPAddress, destination: IPAddress, identification: UInt32, protocol: IPProtocol = .nothing
        ) {
            self.source = source
            self.destination = destination
            self.identification = identification
            self.protocol = `protocol`
        }
    }

    /// Where a fragment belongs.
    public struct Placement: Equatable, Sendable, BitwiseCopyable {
        public var slot: Int
        /// Where in the slot's buffer its bytes go.
        public var offset: Int
        /// Whether the slot's buffer holds another, dead datagram's bytes up to now.
        public var begins: Bool
        /// The datagram's length, when this was the last that was missing: once it
        /// is stored, the datagram is to be taken and the slot given back.
        public var completeLength: Int?
    }

    public enum Outcome: Equatable, Sendable {
        case store(Placement)
        case duplicate
        /// Dropped, and the datagram with it where it had begun.
        case refused
    }

    /// Of datagrams at one time.
    public static var maximumDatagrams: Int { 32 }
    /// Of one sender's: so one that lets all of them be incomplete does not push
    /// away what others send.
    public static var maximumPerSource: Int { 8 }
    /// Of all bytes that wait, as Linux's low threshold is, for one interface.
    public static var maximumBytes: Int { 512 * 1024 }
    /// RFC 8200, 4.5 has 60 s; for IPv4 RFC 1122, 3.3.2 has 60 to 120, of which all
    /// systems that are attacked have come down to 30.
    public static var timeoutV6: Interval { .seconds(60) }
    public static var timeoutV4: Interval { .seconds(30) }

    private enum State {
        case free
        case collecting
        /// An overlap was seen: what comes of it still is dropped (RFC 8200, 4.5).
        case spoilt
        /// Complete; the caller has not given the slot back.
        case taken
    }

    private struct Slot {
        var state = State.free
        var key = Key(source: .v4(.unspecified), destination: .v4(.unspecified), identification: 0)
        var deadline = Instant.never
        var map = FragmentMap()
        /// What the first fragment told: for an error to its sender.
        var firstBytes: UInt64 = 0
        var hasFirst = false
        /// What the datagram's header said.
        var metadata = DatagramMetadata()
    }

    private var slots: [Slot]
    private var byteCount = 0
    /// All, and those of IPv6 among them.
    public private(set) var counters = ReassemblyCounters()
    public private(set) var counters6 = ReassemblyCounters()

    public init() {
        slots = [Slot](repeating: Slot(), count: Self.maximumDatagrams)
    }

    /// When `expire` has something to do; `never`: not before another fragment comes.
    public var deadline: Instant {
        var earliest = Instant.never
        for i in slots.indices where slots[i].state == .collecting || slots[i].state == .spoilt {
            earliest = min(earliest, slots[i].deadline)
        }
        return earliest
    }

    /// Of bytes that wait for others.
    public var waitingBytes: Int { byteCount }

    /// Takes a fragment.
    ///
    /// - Parameters:
    ///   - bytes: From where up to where in the datagram.
    ///   - first: The fragment's first eight bytes, if it is the datagram's first.
    public mutating func insert(
        _ key: Key, bytes: Range<Int>, isLast: Bool, metadata: DatagramMetadata, first: UInt64, at now: Instant
    ) -> Outcome {
        count(key) { $0.requests &+= 1 }
        let (slot, begins) = place(key, at: now)
        if begins {
            slots[slot].key = key
            slots[slot].state = .collecting
            slots[slot].deadline = now + (key.source.isV6 ? Self.timeoutV6 : Self.timeoutV4)
            slots[slot].map = FragmentMap()
            slots[slot].hasFirst = false
        }
        guard slots[slot].state == .collecting else { return .refused }
        guard byteCount &+ bytes.count <= Self.maximumBytes else {
            count(key) { $0.overLimit &+= 1 }
            spoil(slot)
            return .refused
        }
        switch slots[slot].map.insert(from: bytes.lowerBound, to: bytes.upperBound, isLast: isLast) {
        case .duplicate: return .duplicate
        case .spoilt:
            spoil(slot)
            return .refused
        case .new: break
        }
        byteCount &+= bytes.count
        if bytes.lowerBound == 0 || begins {
            // What the first fragment's header says counts (RFC 8200, 4.5).
            slots[slot].metadata = metadata
        }
        if bytes.lowerBound == 0 {
            slots[slot].firstBytes = first
            slots[slot].hasFirst = true
        }
        var placement = Placement(slot: slot, offset: bytes.lowerBound, begins: begins, completeLength: nil)
        if slots[slot].map.isComplete {
            placement.completeLength = slots[slot].map.length
            byteCount &-= slots[slot].map.byteCount
            slots[slot].state = .taken
            count(key) { $0.successes &+= 1 }
        }
        return .store(placement)
    }

    /// What is known of a datagram that is complete.
    public func datagram(in slot: Int) -> (key: Key, metadata: DatagramMetadata, length: Int)? {
        guard slot >= 0, slot < slots.count, slots[slot].state == .taken, let length = slots[slot].map.length
        else { return nil }
        return (slots[slot].key, slots[slot].metadata, length)
    }

    /// Gives a slot back whose datagram was taken.
    public mutating func release(_ slot: Int) {
        if slot >= 0, slot < slots.count, slots[slot].state == .taken { slots[slot].state = .free }
    }

    /// There was no memory for bytes of a datagram: it does not become whole.
    public mutating func drop(_ slot: Int) {
        guard slot >= 0, slot < slots.count else { return }
        switch slots[slot].state {
        case .taken: slots[slot].state = .free
        case .collecting: spoil(slot)
        case .free, .spoilt: break
        }
    }

    /// A datagram that has waited too long, and is forgotten with this.
    public struct Expired: Equatable, Sendable, BitwiseCopyable {
        public var key: Key
        public var metadata: DatagramMetadata
        /// The first eight bytes, when the first fragment had come: its sender is
        /// told (RFC 792; RFC 4443, 3.3).
        public var firstBytes: UInt64?
    }

    /// Forgets one datagram whose time is over; `nil` when there is none.
    public mutating func expire(at now: Instant) -> Expired? {
        for i in slots.indices
        where slots[i].deadline <= now && (slots[i].state == .collecting || slots[i].state == .spoilt) {
            let wasSpoilt = slots[i].state == .spoilt
            if !wasSpoilt { spoil(i, isTimeout: true) }
            slots[i].state = .free
            if wasSpoilt { continue }
            return Expired(
                key: slots[i].key, metadata: slots[i].metadata,
                firstBytes: slots[i].hasFirst ? slots[i].firstBytes : nil)
        }
        return nil
    }

    /// The key's slot; else a free one, or the one that has waited longest: the
    /// sender's own, where it has as many as it may have.
    private mutating func place(_ key: Key, at now: Instant) -> (slot: Int, begins: Bool) {
        var free: Int?
        var oldest: Int?
        var oldestOfSource: Int?
        var ofSource = 0
        for i in slots.indices {
            switch slots[i].state {
            case .free: free = i
            case .taken: break
            case .collecting, .spoilt:
                if slots[i].key == key {
                    // What is past its time is another datagram's.
                    guard slots[i].deadline <= now else { return (i, false) }
                    if slots[i].state == .collecting { spoil(i, isTimeout: true) }
                    return (i, true)
                }
                if oldest.map({ slots[i].deadline < slots[$0].deadline }) ?? true { oldest = i }
                if slots[i].key.source == key.source {
                    ofSource &+= 1
                    if oldestOfSource.map({ slots[i].deadline < slots[$0].deadline }) ?? true { oldestOfSource = i }
                }
            }
        }
        if ofSource < Self.maximumPerSource, let free { return (free, true) }
        // Where the caller has kept all slots, there is the first: its datagram is lost.
        let victim = (ofSource >= Self.maximumPerSource ? oldestOfSource : oldest) ?? 0
        count(key) { $0.overLimit &+= 1 }
        if slots[victim].state == .collecting { spoil(victim) }
        return (victim, true)
    }

    private mutating func spoil(_ slot: Int, isTimeout: Bool = false) {
        byteCount &-= slots[slot].map.byteCount
        slots[slot].state = .spoilt
        count(slots[slot].key) { counters in
            if isTimeout { counters.timeouts &+= 1 }
            counters.failures &+= 1
        }
    }

    private mutating func count(_ key: Key, _ body: (inout ReassemblyCounters) -> Void) {
        body(&counters)
        if key.source.isV6 { body(&counters6) }
    }
}

/// What of a datagram's header its receiver may ask for.
public struct DatagramMetadata: Equatable, Sendable, BitwiseCopyable {
    public var hopLimit: UInt8
    public var trafficClass: UInt8
    public var `protocol`: IPProtocol
    public var cast: LinkCast
    /// The station that has sent it on the link.
    public var station: EthernetAddress

    public init(
        hopLimit: UInt8 = 0, trafficClass: UInt8 = 0, protocol: IPProtocol = .nothing, cast: LinkCast = .unicast,
        station: EthernetAddress = .zero
    ) {
        self.hopLimit = hopLimit
        self.trafficClass = trafficClass
        self.protocol = `protocol`
        self.cast = cast
        self.station = station
    }
}

/// For whom a packet was, by its frame's or its own destination.
public enum LinkCast: UInt8, Sendable, BitwiseCopyable {
    case unicast
    case multicast
    case broadcast
}
