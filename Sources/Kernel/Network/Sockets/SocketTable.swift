import KernelSupport
import KernelWire

/// Finds the socket of a packet, with one hash where it is connected and with a
/// second where it is not.
///
/// A socket is a number of its owner's. What is connected is found by both ends,
/// what is bound, by its port; of those the one that says most about the packet's
/// destination counts. The cost does not depend on the number of sockets, but for
/// those that are bound to one port.
public struct SocketTable: Sendable {
    /// An entry, for whoever has made it.
    public struct Entry: Equatable, Sendable, BitwiseCopyable {
        let place: UInt32
    }

    struct Record: Sendable, BitwiseCopyable {
        var localHigh: UInt64 = 0
        var localLow: UInt64 = 0
        var remoteHigh: UInt64 = 0
        var remoteLow: UInt64 = 0
        var localPort = Port.any
        var remotePort = Port.any
        var `protocol` = IPProtocol.nothing
        var flags = SocketBinding.Flags()
        var interface: Int16 = -1
        var socket: UInt32 = 0
        /// The next of its bucket, or of the free ones.
        var next: UInt32 = .max
    }

    private var records: [Record] = []
    private var free: UInt32 = .max
    private var connected: [UInt32]
    private var bound: [UInt32]
    private var connectedCount = 0
    private let key: SipKey

    /// - Parameters:
    ///   - key: Makes it unpredictable which sockets share a bucket.
    ///   - capacity: Of connected sockets, until the table grows; a power of two.
    public init(key: SipKey, capacity: Int = 256) {
        self.key = key
        var size = 16
        while size < capacity { size &*= 2 }
        connected = [UInt32](repeating: .max, count: size)
        bound = [UInt32](repeating: .max, count: Self.boundBuckets)
        records.reserveCapacity(size)
    }

    /// Ports are few: the table of those that are bound does not grow.
    private static var boundBuckets: Int { 1024 }

    public var count: Int { records.count &- freeCount }

    private var freeCount = 0

    // MARK: Adding

    /// Binds a socket to a port.
    ///
    /// - Throws: `EADDRINUSE` when another's binding overlaps that does not share it.
    public mutating func bind(_ socket: UInt32, _ binding: SocketBinding) throws(Errno) -> Entry {
        let bucket = boundBucket(binding.protocol, binding.port)
        var at = bound[bucket]
        while at != .max {
            if conflicts(records[Int(at)], binding) { throw .addressInUse }
            at = records[Int(at)].next
        }
        var record = Record()
        (record.localHigh, record.localLow) = binding.address.words
        record.localPort = binding.port
        record.protocol = binding.protocol
        record.flags = binding.storedFlags
        record.interface = Int16(truncatingIfNeeded: binding.interface ?? -1)
        record.socket = socket
        let place = add(record)
        records[Int(place)].next = bound[bucket]
        bound[bucket] = place
        return Entry(place: place)
    }

    /// Gives a bound socket another interface, or all.
    ///
    /// - Parameter binding: What it is bound to then; but for the interface as it is.
    /// - Throws: `EADDRINUSE` as `bind`, and where another one listens there; nothing has changed.
    public mutating func change(_ entry: Entry, to binding: SocketBinding) throws(Errno) {
        let old = records[Int(entry.place)].interface
        var at = bound[boundBucket(binding.protocol, binding.port)]
        while at != .max {
            if at != entry.place, conflicts(records[Int(at)], binding) { throw .addressInUse }
            at = records[Int(at)].next
        }
        records[Int(entry.place)].interface = Int16(truncatingIfNeeded: binding.interface ?? -1)
        if records[Int(entry.place)].flags.contains(.listening), !listen(entry) {
            records[Int(entry.place)].interface = old
            throw .addressInUse
        }
    }

    /// Enters a socket with both of its ends.
    ///
    /// - Throws: `EADDRNOTAVAIL` when there is one with the same ends.
    public mutating func connect(
        _ socket: UInt32, _ protocol: IPProtocol, local: Endpoint, remote: Endpoint
    ) throws(Errno) -> Entry {
        guard find(connected: `protocol`, local: local, remote: remote) == nil else { throw .addressNotAvailable }
        if connectedCount >= connected.count { grow() }
        var record = Record()
        (record.localHigh, record.localLow) = local.address.words
        (record.remoteHigh, record.remoteLow) = remote.address.words
        record.localPort = local.port
        record.remotePort = remote.port
        record.protocol = `protocol`
        record.flags = .connected
        record.socket = socket
        let bucket = connectedBucket(record)
        let place = add(record)
        records[Int(place)].next = connected[bucket]
        connected[bucket] = place
        connectedCount &+= 1
        return Entry(place: place)
    }

    /// Takes an entry out.
    ///
    /// - Precondition: It was not taken out before.
    public mutating func remove(_ entry: Entry) {
        let place = entry.place
        let record = records[Int(place)]
        precondition(record.flags.contains(.used), "a socket's entry that has gone")
        if record.flags.contains(.connected) {
            let bucket = connectedBucket(record)
            if connected[bucket] == place { connected[bucket] = record.next } else { unlink(place, behind: connected[bucket]) }
            connectedCount &-= 1
        } else {
            let bucket = boundBucket(record.protocol, record.localPort)
            if bound[bucket] == place { bound[bucket] = record.next } else { unlink(place, behind: bound[bucket]) }
        }
        records[Int(place)] = Record()
        records[Int(place)].next = free
        free = place
        freeCount &+= 1
    }

    /// Says that a bound socket listens: nobody else's port may be the same then,
    /// unless both share it.
    ///
    /// - Returns: `false`, and it does not: another one listens there.
    @discardableResult
    public mutating func listen(_ entry: Entry) -> Bool {
        let record = records[Int(entry.place)]
        var at = bound[boundBucket(record.protocol, record.localPort)]
        while at != .max {
            let other = records[Int(at)]
            if at != entry.place, other.flags.contains(.listening), overlaps(record, other) { return false }
            at = other.next
        }
        records[Int(entry.place)].flags.insert(.listening)
        return true
    }

    /// The bound socket listens no more.
    public mutating func endListening(_ entry: Entry) {
        records[Int(entry.place)].flags.remove(.listening)
    }

    /// Whether two that both listen are in each other's way.
    private func overlaps(_ one: Record, _ other: Record) -> Bool {
        guard one.localPort == other.localPort, one.protocol == other.protocol else { return false }
        if one.interface >= 0, other.interface >= 0, one.interface != other.interface { return false }
        if one.flags.contains(.sharesPort), other.flags.contains(.sharesPort) { return false }
        guard one.flags.contains(.anyAddress) || other.flags.contains(.anyAddress) else {
            return one.localHigh == other.localHigh && one.localLow == other.localLow
        }
        // Versions are the same, or one is IPv6's wildcard for both.
        if one.flags.contains(.isV6) == other.flags.contains(.isV6) { return true }
        let six = one.flags.contains(.isV6) ? one : other
        return six.flags.contains(.anyAddress) && !six.flags.contains(.onlyV6)
    }

    // MARK: Finding

    /// The connected socket with these ends.
    @inline(__always)
    public func find(connected protocol: IPProtocol, local: Endpoint, remote: Endpoint) -> UInt32? {
        let (localHigh, localLow) = local.address.words
        let (remoteHigh, remoteLow) = remote.address.words
        let ports = Self.ports(`protocol`, local.port, remote.port)
        let hash = hash(localHigh, localLow, remoteHigh, remoteLow, ports)
        var at = connected[Int(truncatingIfNeeded: hash) & (connected.count &- 1)]
        while at != .max {
            let i = Int(at)
            if records[i].localLow == localLow, records[i].remoteLow == remoteLow,
                records[i].localHigh == localHigh, records[i].remoteHigh == remoteHigh,
                Self.ports(records[i].protocol, records[i].localPort, records[i].remotePort) == ports
            {
                return records[i].socket
            }
            at = records[i].next
        }
        return nil
    }

    /// The socket that a packet for one host is for.
    ///
    /// - Parameter interface: The one that the packet has come by.
    public func find(
        _ protocol: IPProtocol, local: Endpoint, remote: Endpoint, interface: Int
    ) -> UInt32? {
        find(connected: `protocol`, local: local, remote: remote)
            ?? find(bound: `protocol`, local: local, remote: remote, interface: interface)
    }

    /// The bound socket that says most about the packet's destination; of several that
    /// share the port, the one that the packet's ends choose, always the same.
    public func find(
        bound protocol: IPProtocol, local: Endpoint, remote: Endpoint, interface: Int
    ) -> UInt32? {
        let (high, low) = local.address.words
        var best = 0
        var socket: UInt32?
        var sharing: UInt64 = 0
        var at = bound[boundBucket(`protocol`, local.port)]
        while at != .max {
            let i = Int(at)
            at = records[i].next
            let score = score(i, `protocol`, local, high, low, interface)
            guard score > 0, score >= best else { continue }
            if score > best {
                (best, socket, sharing) = (score, records[i].socket, 1)
            } else if records[i].flags.contains(.sharesPort) {
                // Each of n has the chance of 1 in n, by the hash of the ends.
                sharing &+= 1
                let (remoteHigh, remoteLow) = remote.address.words
                let hash = hash(
                    high, low, remoteHigh, remoteLow, Self.ports(`protocol`, local.port, remote.port) ^ sharing << 48)
                if hash % sharing == 0 { socket = records[i].socket }
            }
        }
        return socket
    }

    /// Calls `body` with each socket that a packet for a group or for all hosts is for
    /// by its port; who has joined the group its owner knows.
    public func forEach(
        bound protocol: IPProtocol, local: Endpoint, interface: Int, _ body: (UInt32) -> Void
    ) {
        let (high, low) = local.address.words
        var at = bound[boundBucket(`protocol`, local.port)]
        while at != .max {
            let i = Int(at)
            if score(i, `protocol`, local, high, low, interface) > 0 { body(records[i].socket) }
            at = records[i].next
        }
    }

    /// Whether a port could be bound: for the search for a free one.
    public func isFree(_ binding: SocketBinding) -> Bool {
        var at = bound[boundBucket(binding.protocol, binding.port)]
        while at != .max {
            if conflicts(records[Int(at)], binding) { return false }
            at = records[Int(at)].next
        }
        return true
    }

    // MARK: Inside

    /// How well a bound socket fits a packet; 0: not at all.
    private func score(
        _ i: Int, _ protocol: IPProtocol, _ local: Endpoint, _ high: UInt64, _ low: UInt64, _ interface: Int
    ) -> Int {
        guard records[i].localPort == local.port, records[i].protocol == `protocol` else { return 0 }
        let flags = records[i].flags
        var score = 1
        if flags.contains(.anyAddress) {
            if local.address.isV6 {
                guard flags.contains(.isV6) else { return 0 }
                score &+= 1
            } else if flags.contains(.isV6) {
                guard !flags.contains(.onlyV6) else { return 0 }
            } else {
                score &+= 1
            }
        } else {
            guard records[i].localLow == low, records[i].localHigh == high else { return 0 }
            score &+= 4
        }
        if records[i].interface >= 0 {
            guard Int(records[i].interface) == interface else { return 0 }
            score &+= 8
        }
        return score
    }

    private func conflicts(_ record: Record, _ binding: SocketBinding) -> Bool {
        guard record.localPort == binding.port, record.protocol == binding.protocol else { return false }
        let new = binding.storedFlags
        // Other interfaces do not overlap.
        if record.interface >= 0, let interface = binding.interface, Int(record.interface) != interface {
            return false
        }
        let isAny = record.flags.contains(.anyAddress)
        if isAny || new.contains(.anyAddress) {
            // One version's and the other's do not overlap where the wildcard is of one alone.
            let oldIsV6 = record.flags.contains(.isV6)
            let newIsV6 = new.contains(.isV6)
            if isAny, !oldIsV6, newIsV6, new.contains(.onlyV6) || !new.contains(.anyAddress) { return false }
            if isAny, oldIsV6, record.flags.contains(.onlyV6), !newIsV6 { return false }
            if !isAny, new.contains(.anyAddress) {
                if newIsV6, new.contains(.onlyV6), !oldIsV6 { return false }
                if !newIsV6, oldIsV6 { return false }
            }
        } else {
            let (high, low) = binding.address.words
            guard record.localHigh == high, record.localLow == low else { return false }
        }
        if record.flags.contains(.sharesPort), new.contains(.sharesPort) { return false }
        let bothReuse = record.flags.contains(.reusesAddress) && new.contains(.reusesAddress)
        // Of TCP a port that somebody listens to is not had by reuse.
        return !(bothReuse && !record.flags.contains(.listening) && !new.contains(.listening))
    }

    private mutating func add(_ record: Record) -> UInt32 {
        var record = record
        record.flags.insert(.used)
        guard free != .max else {
            records.append(record)
            return UInt32(truncatingIfNeeded: records.count &- 1)
        }
        let place = free
        free = records[Int(place)].next
        freeCount &-= 1
        records[Int(place)] = record
        return place
    }

    private mutating func unlink(_ place: UInt32, behind first: UInt32) {
        let next = records[Int(place)].next
        var at = first
        while at != .max {
            if records[Int(at)].next == place {
                records[Int(at)].next = next
                return
            }
            at = records[Int(at)].next
        }
    }

    private mutating func grow() {
        connected = [UInt32](repeating: .max, count: connected.count &* 2)
        for i in records.indices where records[i].flags.contains([.used, .connected]) {
            let bucket = connectedBucket(records[i])
            records[i].next = connected[bucket]
            connected[bucket] = UInt32(truncatingIfNeeded: i)
        }
    }

    private func connectedBucket(_ record: Record) -> Int {
        let hash = hash(
            record.localHigh, record.localLow, record.remoteHigh, record.remoteLow,
            Self.ports(record.protocol, record.localPort, record.remotePort))
        return Int(truncatingIfNeeded: hash) & (connected.count &- 1)
    }

    private func boundBucket(_ protocol: IPProtocol, _ port: Port) -> Int {
        // Ports are this host's choice mostly: no key is needed.
        Int(port.number ^ UInt16(`protocol`.number) << 5) & (Self.boundBuckets &- 1)
    }

    @inline(__always)
    private func hash(
        _ localHigh: UInt64, _ localLow: UInt64, _ remoteHigh: UInt64, _ remoteLow: UInt64, _ ports: UInt64
    ) -> UInt64 {
        if localHigh | remoteHigh == 0 {
            // Of IPv4, whose 32 bits find room in one word.
            return SipHash.tableHash(localLow << 32 | remoteLow & 0xffff_ffff, ports, key: key)
        }
        return SipHash.tableHash(localHigh, localLow, remoteHigh, remoteLow, ports, key: key)
    }

    @inline(__always)
    private static func ports(_ protocol: IPProtocol, _ local: Port, _ remote: Port) -> UInt64 {
        UInt64(`protocol`.number) << 32 | UInt64(local.number) << 16 | UInt64(remote.number)
    }
}
