import KernelWire

/// The addresses of one interface, their duplicate detection and their lifetimes (RFC 4862).
public struct AddressTable: Sendable {
    /// More than an interface has; routers that advertise ever new prefixes are an
    /// attack (RFC 6104).
    public static var capacity: Int { 24 }
    public static var maximumAutonomous: Int { 8 }
    /// DupAddrDetectTransmits
    static var questions: UInt8 { 1 }
    /// What an advertisement may not shorten an address's life below (5.5.3 e).
    static var shortestLife: Interval { .seconds(7200) }

    private var list: [InterfaceAddress] = []
    /// The first of IPv4, for which most packets are.
    private var primary = IPv4Address.unspecified
    /// How many there are of IPv4.
    private var countV4 = 0
    /// Addresses that found no room.
    public private(set) var overLimit: UInt64 = 0
    /// Addresses that somebody else had.
    public private(set) var duplicates: UInt64 = 0

    public init() {
        list.reserveCapacity(Self.capacity)
    }

    public var count: Int { list.count }

    /// - Precondition: `index` is in 0..<`count`.
    public subscript(index: Int) -> InterfaceAddress { list[index] }

    /// When the first of them changes.
    public var deadline: Instant {
        list.reduce(.never) { min($0, $1.deadline, $1.state == .preferred ? $1.preferredUntil : .never, $1.validUntil) }
    }

    public var primaryV4: IPv4Address? { primary.isUnspecified ? nil : primary }

    public var hasV4: Bool { countV4 > 0 }

    /// Whether packets for the address are this interface's.
    @inline(__always)
    public func contains(_ address: IPv4Address) -> Bool {
        (address == primary && countV4 > 0) || (countV4 > 1 && search(.v4(address)))
    }

    @inline(__always)
    public func contains(_ address: IPv6Address) -> Bool { search(.v6(address)) }

    public func contains(_ address: IPAddress) -> Bool { search(address) }

    private func search(_ address: IPAddress) -> Bool {
        var i = 0
        while i < list.count {
            if list[i].address == address, list[i].isUsable { return true }
            i &+= 1
        }
        return false
    }

    public func find(_ address: IPAddress) -> InterfaceAddress? {
        list.first { $0.address == address }
    }

    /// The one whose subnet `address` is in.
    public func neighbourhood(of address: IPAddress) -> InterfaceAddress? {
        list.first { $0.isUsable && ($0.prefix?.contains(address) ?? false) }
    }

    /// Whether packets for the address are for all hosts of a subnet of ours.
    @inline(__always)
    public func isBroadcast(_ address: IPv4Address) -> Bool {
        // A subnet that has one has two bits at least.
        address.bits & 3 == 3 && searchBroadcast(address)
    }

    private func searchBroadcast(_ address: IPv4Address) -> Bool {
        for known in list where known.isUsable && known.prefix?.broadcast == address { return true }
        return false
    }

    /// Whether an address, tentative ones too, has this group for its solicitations.
    public func isSolicited(_ group: IPv6Address) -> Bool {
        for known in list {
            if case .v6(let address) = known.address, known.state != .duplicate, address.solicitedNode == group {
                return true
            }
        }
        return false
    }

    /// The address to send from (RFC 6724, 5, as far as one interface's addresses go).
    public func source(for destination: IPAddress) -> IPAddress? {
        var best: InterfaceAddress?
        for candidate in list where candidate.isUsable && candidate.address.isV6 == destination.isV6 {
            guard let known = best else {
                best = candidate
                continue
            }
            if Self.isBetter(candidate, than: known, for: destination) { best = candidate }
        }
        return best?.address
    }

    private static func isBetter(
        _ one: InterfaceAddress, than other: InterfaceAddress, for destination: IPAddress
    ) -> Bool {
        if one.address == destination || other.address == destination { return one.address == destination }
        // Rule 2: the scope that fits.
        let isLocal = destination.isLinkLocal || isLocalGroup(destination)
        if one.address.isLinkLocal != other.address.isLinkLocal { return one.address.isLinkLocal == isLocal }
        // Rule 3: not one that is going.
        if one.state != other.state { return one.state == .preferred }
        // Rule 8: the longest prefix in common.
        return commonBits(one.address, destination) > commonBits(other.address, destination)
    }

    private static func isLocalGroup(_ address: IPAddress) -> Bool {
        guard case .v6(let group) = address, group.isMulticast else { return false }
        return group.multicastScope <= 2
    }

    private static func commonBits(_ one: IPAddress, _ other: IPAddress) -> Int {
        let (a, b) = (one.words, other.words)
        let high = (a.high ^ b.high).leadingZeroBitCount
        // The identifiers do not count.
        return one.isV6 ? high : (a.low ^ b.low).leadingZeroBitCount
    }

    // MARK: Changes

    /// Adds an address; of IPv6 it is tentative first.
    ///
    /// - Parameter firstQuestion: When it is asked for. `nil`: not at all.
    /// - Returns: Whether there was room, and it is new.
    public mutating func add(_ address: InterfaceAddress, firstQuestion: Instant?) -> Bool {
        guard address.prefix != nil, !address.address.isMulticast, find(address.address) == nil else { return false }
        var autonomous = 0
        for known in list where known.origin == .autonomous { autonomous &+= 1 }
        guard list.count < Self.capacity, address.origin != .autonomous || autonomous < Self.maximumAutonomous else {
            overLimit &+= 1
            return false
        }
        var address = address
        if let firstQuestion {
            address.state = .tentative
            address.questions = Self.questions
            address.deadline = firstQuestion
        }
        list.append(address)
        choosePrimary()
        return true
    }

    @discardableResult
    public mutating func remove(_ address: IPAddress) -> Bool {
        let before = list.count
        list.removeAll { $0.address == address }
        choosePrimary()
        return list.count != before
    }

    private mutating func choosePrimary() {
        primary = .unspecified
        countV4 = 0
        for known in list {
            if case .v4(let address) = known.address {
                if countV4 == 0 { primary = address }
                countV4 &+= 1
            }
        }
    }

    /// Gives an address that a router's prefix has made another life (5.5.3 e).
    mutating func renew(_ address: IPAddress, valid: Interval, preferred: Interval, at now: Instant) {
        guard let i = list.firstIndex(where: { $0.address == address && $0.origin == .autonomous }) else { return }
        let rest = list[i].validUntil.since(now)
        if valid > Self.shortestLife || valid > rest {
            list[i].validUntil = Self.end(valid, now)
        } else if rest > Self.shortestLife {
            list[i].validUntil = now + Self.shortestLife
        }
        list[i].preferredUntil = Self.end(preferred, now)
        if list[i].state == .deprecated, preferred > .zero { list[i].state = .preferred }
    }

    mutating func setLife(_ address: IPAddress, valid: Interval, preferred: Interval, at now: Instant) {
        guard let i = list.firstIndex(where: { $0.address == address }) else { return }
        list[i].validUntil = Self.end(valid, now)
        list[i].preferredUntil = Self.end(preferred, now)
    }

    mutating func setAttempt(_ address: IPAddress, _ attempt: UInt8) {
        if let i = list.firstIndex(where: { $0.address == address }) { list[i].attempt = attempt }
    }

    private static func end(_ life: Interval, _ now: Instant) -> Instant {
        life == .seconds(UInt64(UInt32.max)) ? .never : now + life
    }

    /// Somebody has a tentative address, or claims it.
    ///
    /// - Returns: What it was, when it was tentative.
    mutating func claim(_ address: IPAddress) -> InterfaceAddress? {
        guard let i = list.firstIndex(where: { $0.address == address && $0.state == .tentative }) else { return nil }
        let known = list[i]
        duplicates &+= 1
        list[i].state = .duplicate
        list[i].deadline = .never
        return known
    }

    enum Change {
        /// Ask whether anybody has it.
        case ask(IPv6Address)
        /// It is this interface's now, or has gone, or is not to be chosen any more.
        case changed
        case removed(IPAddress)
    }

    /// What is to be done now; `nil` until `deadline`.
    mutating func next(at now: Instant, questionInterval: Interval) -> Change? {
        for i in list.indices {
            if list[i].validUntil <= now {
                let address = list[i].address
                list.remove(at: i)
                choosePrimary()
                return .removed(address)
            }
            if list[i].state == .preferred, list[i].preferredUntil <= now {
                list[i].state = .deprecated
                return .changed
            }
            guard list[i].state == .tentative, list[i].deadline <= now else { continue }
            if list[i].questions > 0, case .v6(let address) = list[i].address {
                list[i].questions &-= 1
                list[i].deadline = now + questionInterval
                return .ask(address)
            }
            list[i].state = .preferred
            list[i].deadline = .never
            return .changed
        }
        return nil
    }
}
