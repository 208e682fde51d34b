import KernelSupport
import KernelWire

/// The groups that one interface listens to, and what it tells routers of them
/// (RFC 2236, RFC 3376, RFC 2710, RFC 3810; of the latter versions without sources).
public struct Memberships: Sendable {
    /// Of groups of one interface: Linux's limit is 20 a socket.
    public static var capacity: Int { 64 }
    /// Each change is told twice: the first may be lost (Robustness Variable).
    private static var reports: UInt8 { 2 }
    /// How long after an older version's query it is spoken (RFC 3376, 8.12).
    private static var olderVersionTime: Interval { .seconds(260) }
    /// Between two reports of one change, at most (RFC 3376, 8.11; RFC 2236, 8.10).
    private static var unsolicitedInterval: Interval { .seconds(1) }
    private static var olderUnsolicitedInterval: Interval { .seconds(10) }

    private struct Group {
        var address: IPAddress
        /// How many have joined.
        var users: UInt16
        var isLeaving = false
        /// Whether others were not heard to report since this host has.
        var isLastReporter = false
        /// Of reports that are still to be sent, and when the next is.
        var left: UInt8
        var deadline: Instant
        /// Whether the next tells of a change and not of a state.
        var isChange = true
    }

    /// What is to be told now.
    public struct Report: Equatable, Sendable, BitwiseCopyable {
        public var group: IPAddress
        public var record: MulticastRecord
        /// Of the protocol: 1 to 3 for IPv4, 1 and 2 for IPv6.
        public var version: UInt8
    }

    private var groups: [Group] = []
    private var olderV4: (version: UInt8, until: Instant) = (3, .start)
    private var olderV6Until = Instant.start
    public private(set) var overLimit: UInt64 = 0

    public init() {
        groups.reserveCapacity(Self.capacity)
    }

    public var count: Int { groups.reduce(into: 0) { $0 += $1.isLeaving ? 0 : 1 } }

    public var deadline: Instant { groups.reduce(.never) { min($0, $1.deadline) } }

    @inline(__always)
    public func contains(_ group: IPAddress) -> Bool {
        for known in groups where known.address == group && !known.isLeaving { return true }
        return false
    }

    /// Joins a group, or joins it once more.
    ///
    /// - Throws: `EINVAL` for what is no group, `ENOBUFS` when there is no room.
    public mutating func join(_ group: IPAddress, at now: Instant) throws(Errno) {
        guard group.isMulticast else { throw .invalidArgument }
        if let i = groups.firstIndex(where: { $0.address == group }) {
            if groups[i].isLeaving {
                groups[i].isLeaving = false
                groups[i].users = 0
                begin(i, at: now)
            }
            guard groups[i].users < .max else { throw .noBufferSpace }
            groups[i].users &+= 1
            return
        }
        guard groups.count < Self.capacity else {
            overLimit &+= 1
            throw .noBufferSpace
        }
        groups.append(Group(address: group, users: 1, left: 0, deadline: .never))
        begin(groups.count &- 1, at: now)
    }

    /// Leaves a group that was joined.
    ///
    /// - Throws: `EADDRNOTAVAIL` when it was not.
    public mutating func leave(_ group: IPAddress, at now: Instant) throws(Errno) {
        guard let i = groups.firstIndex(where: { $0.address == group && !$0.isLeaving }) else {
            throw .addressNotAvailable
        }
        groups[i].users &-= 1
        guard groups[i].users == 0 else { return }
        guard Self.isReported(group) else {
            groups.remove(at: i)
            return
        }
        groups[i].isLeaving = true
        begin(i, at: now)
    }

    /// A router asks.
    ///
    /// - Parameters:
    ///   - group: Unspecified: all of them.
    ///   - random: Chooses when within the time each answers.
    public mutating func heardQuery(
        _ group: IPAddress, version: UInt8, maximumResponse: Interval, random: inout UInt64, at now: Instant
    ) {
        if group.isV6 {
            if version == 1 { olderV6Until = now + Self.olderVersionTime }
        } else if version < 3, version <= olderV4.version || olderV4.until <= now {
            olderV4 = (version, now + Self.olderVersionTime)
        }
        for i in groups.indices where groups[i].address.isV6 == group.isV6 {
            guard !groups[i].isLeaving, Self.isReported(groups[i].address),
                group.isUnspecified || group == groups[i].address
            else { continue }
            let most = max(maximumResponse.nanoseconds, 1)
            let answer = now + Interval(nanoseconds: Self.draw(&random) % most)
            if groups[i].left == 0 || answer < groups[i].deadline {
                if groups[i].left == 0 {
                    groups[i].left = 1
                    groups[i].isChange = false
                }
                groups[i].deadline = answer
            }
        }
    }

    /// Another host has told an older router that it listens: one is enough.
    public mutating func heardReport(_ group: IPAddress) {
        guard let i = groups.firstIndex(where: { $0.address == group && !$0.isLeaving }) else { return }
        groups[i].left = 0
        groups[i].deadline = .never
        groups[i].isLastReporter = false
    }

    /// The next report that is due; `nil` until `deadline`.
    public mutating func next(random: inout UInt64, at now: Instant) -> Report? {
        for i in groups.indices where groups[i].deadline <= now && groups[i].left > 0 {
            let group = groups[i]
            let version = version(isV6: group.address.isV6, at: now)
            let isNewest = version == (group.address.isV6 ? 2 : 3)
            let wasLast = group.isLastReporter
            groups[i].left &-= 1
            groups[i].isLastReporter = true
            if groups[i].left > 0 {
                let most = isNewest ? Self.unsolicitedInterval : Self.olderUnsolicitedInterval
                groups[i].deadline = now + Interval(nanoseconds: Self.draw(&random) % most.nanoseconds)
            } else {
                groups[i].deadline = .never
            }
            if group.isLeaving {
                // The older versions say it once, and only who has told last.
                if groups[i].left == 0 || !isNewest { groups.remove(at: i) }
                if !isNewest, !wasLast || version == 1 && !group.address.isV6 { return next(random: &random, at: now) }
                return Report(group: group.address, record: .left, version: version)
            }
            return Report(
                group: group.address, record: group.isChange && isNewest ? .joined : .listening, version: version)
        }
        return nil
    }

    private func version(isV6: Bool, at now: Instant) -> UInt8 {
        if isV6 { return olderV6Until > now ? 1 : 2 }
        return olderV4.until > now ? olderV4.version : 3
    }

    private mutating func begin(_ i: Int, at now: Instant) {
        guard Self.isReported(groups[i].address) else { return }
        groups[i].left = Self.reports
        groups[i].isChange = true
        groups[i].deadline = now
    }

    /// All hosts are in these, and nobody needs to be told (RFC 3376, 6; RFC 3810, 6).
    private static func isReported(_ group: IPAddress) -> Bool {
        switch group {
        case .v4(let group): group != .allSystems
        case .v6(let group): group != .allNodes && group.multicastScope > 1
        }
    }

    private static func draw(_ random: inout UInt64) -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random
    }
}
