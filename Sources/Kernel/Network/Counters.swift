/// Counters of one version of IP, with RFC 4293's names in words.
public struct IPCounters: Equatable, Sendable, BitwiseCopyable {
    public var inReceives: UInt64 = 0
    /// Wrong checksums, lengths, versions.
    public var inHeaderErrors: UInt64 = 0
    /// Not for this interface, or from where no packet comes.
    public var inAddressErrors: UInt64 = 0
    public var inUnknownProtocols: UInt64 = 0
    public var inDiscards: UInt64 = 0
    public var inDelivers: UInt64 = 0
    public var outRequests: UInt64 = 0
    public var outDiscards: UInt64 = 0
    public var outNoRoutes: UInt64 = 0
    /// Datagrams that were cut, those that could not be, and the pieces.
    public var fragmented: UInt64 = 0
    public var fragmentFailures: UInt64 = 0
    public var fragmentsCreated: UInt64 = 0

    public init() {}

    public static func += (sum: inout Self, other: Self) {
        sum.inReceives &+= other.inReceives
        sum.inHeaderErrors &+= other.inHeaderErrors
        sum.inAddressErrors &+= other.inAddressErrors
        sum.inUnknownProtocols &+= other.inUnknownProtocols
        sum.inDiscards &+= other.inDiscards
        sum.inDelivers &+= other.inDelivers
        sum.outRequests &+= other.outRequests
        sum.outDiscards &+= other.outDiscards
        sum.outNoRoutes &+= other.outNoRoutes
        sum.fragmented &+= other.fragmented
        sum.fragmentFailures &+= other.fragmentFailures
        sum.fragmentsCreated &+= other.fragmentsCreated
    }

    /// A datagram was cut.
    mutating func countCut(_ pieces: Int) {
        fragmented &+= 1
        fragmentsCreated &+= UInt64(truncatingIfNeeded: pieces)
    }
}

/// Of what an interface's link has brought that is no packet of IP's.
public struct LinkCounters: Equatable, Sendable, BitwiseCopyable {
    /// Of no protocol that is known here, or of one that is not well formed.
    public var unknown: UInt64 = 0
    /// For other stations.
    public var foreign: UInt64 = 0
    /// Of all frames those for groups.
    public var groups: UInt64 = 0

    public init() {}
}

/// RFC 4293's of reassembly, and how often a limit was reached.
public struct ReassemblyCounters: Equatable, Sendable, BitwiseCopyable {
    public var requests: UInt64 = 0
    public var successes: UInt64 = 0
    public var failures: UInt64 = 0
    public var timeouts: UInt64 = 0
    /// A datagram had to go, or was refused, for a limit of `Reassembly`.
    public var overLimit: UInt64 = 0

    public init() {}

    public static func += (sum: inout Self, other: Self) {
        sum.requests &+= other.requests
        sum.successes &+= other.successes
        sum.failures &+= other.failures
        sum.timeouts &+= other.timeouts
        sum.overLimit &+= other.overLimit
    }

    /// Those of one version alone.
    static func - (all: Self, other: Self) -> Self {
        var rest = all
        rest.requests &-= other.requests
        rest.successes &-= other.successes
        rest.failures &-= other.failures
        rest.timeouts &-= other.timeouts
        rest.overLimit &-= other.overLimit
        return rest
    }
}

/// RFC 4293's of ICMP, of one version.
public struct ICMPCounters: Equatable, Sendable, BitwiseCopyable {
    public var inMessages: UInt64 = 0
    /// Without those of a wrong checksum.
    public var inErrors: UInt64 = 0
    public var inChecksumErrors: UInt64 = 0
    public var outMessages: UInt64 = 0
    /// Errors that were not sent for their rate.
    public var outRateLimited: UInt64 = 0
    public private(set) var inTypes = ICMPTypeCounters()
    public private(set) var outTypes = ICMPTypeCounters()

    public init() {}

    /// A sound message has come.
    public mutating func countIn(_ type: UInt8) { inTypes.count(type) }

    /// A message leaves.
    public mutating func countOut(_ type: UInt8) {
        outMessages &+= 1
        outTypes.count(type)
    }

    public static func += (sum: inout Self, other: Self) {
        sum.inMessages &+= other.inMessages
        sum.inErrors &+= other.inErrors
        sum.inChecksumErrors &+= other.inChecksumErrors
        sum.outMessages &+= other.outMessages
        sum.outRateLimited &+= other.outRateLimited
        sum.inTypes += other.inTypes
        sum.outTypes += other.outTypes
    }
}

/// Messages by their types: of ICMP below 32; of ICMPv6 errors below 16, others from 128 to 143.
/// They are small, and begin at 0 again behind 2^32 - 1 (RFC 2578, Counter32): an interface has
/// four of these, and is made on a stack.
public struct ICMPTypeCounters: Equatable, Sendable, BitwiseCopyable {
    private var counts = InlineArray<32, UInt32>(repeating: 0)

    public init() {}

    private static func place(_ type: UInt8) -> Int? {
        if type < 32 { return Int(type) }
        return type >= 128 && type < 144 ? Int(type) - 112 : nil
    }

    /// Of a type that is none of these 0.
    public subscript(type: UInt8) -> UInt64 { Self.place(type).map { UInt64(counts[$0]) } ?? 0 }

    mutating func count(_ type: UInt8) {
        if let place = Self.place(type) { counts[place] &+= 1 }
    }

    public static func += (sum: inout Self, other: Self) {
        for place in 0..<32 { sum.counts[place] &+= other.counts[place] }
    }

    public static func == (one: Self, other: Self) -> Bool {
        for place in 0..<32 where one.counts[place] != other.counts[place] { return false }
        return true
    }
}

/// RFC 4022's of TCP.
public struct TCPCounters: Equatable, Sendable, BitwiseCopyable {
    public var activeOpens: UInt64 = 0
    public var passiveOpens: UInt64 = 0
    public var failedAttempts: UInt64 = 0
    public var establishedResets: UInt64 = 0
    public var currentlyEstablished: UInt64 = 0
    public var inSegments: UInt64 = 0
    public var outSegments: UInt64 = 0
    public var retransmitted: UInt64 = 0
    /// With those of a wrong checksum.
    public var inErrors: UInt64 = 0
    public var outResets: UInt64 = 0
    public var inChecksumErrors: UInt64 = 0

    public init() {}
}

/// RFC 4113's of UDP over one version of IP, and Linux's of why datagrams were lost.
public struct UDPCounters: Equatable, Sendable, BitwiseCopyable {
    /// That a program has received.
    public var inDatagrams: UInt64 = 0
    public var noPorts: UInt64 = 0
    /// With those of a wrong checksum and those without room.
    public var inErrors: UInt64 = 0
    public var outDatagrams: UInt64 = 0
    /// There was no room in the socket's buffer.
    public var withoutRoom: UInt64 = 0
    public var inChecksumErrors: UInt64 = 0
    /// For a group or for all, and nobody wanted them.
    public var ignoredGroups: UInt64 = 0

    public init() {}
}

/// What the segments and datagrams that reach sockets or none have for counters
/// (RFC 4022, RFC 4113).
public struct TransportCounters: Equatable, Sendable, BitwiseCopyable {
    /// Of TCP; what of UDP was received the sockets know.
    public var inSegments: UInt64 = 0
    /// Wrong checksums and lengths.
    public var inErrors: UInt64 = 0
    public var inChecksumErrors: UInt64 = 0
    /// No socket was there.
    public var noPorts: UInt64 = 0

    public init() {}

    public static func += (sum: inout Self, other: Self) {
        sum.inSegments &+= other.inSegments
        sum.inErrors &+= other.inErrors
        sum.inChecksumErrors &+= other.inChecksumErrors
        sum.noPorts &+= other.noPorts
    }
}

/// Of a neighbour table.
public struct NeighbourCounters: Equatable, Sendable, BitwiseCopyable {
    public var solicitations: UInt64 = 0
    public var resolutions: UInt64 = 0
    public var failures: UInt64 = 0
    /// An entry had to go for another.
    public var evictions: UInt64 = 0
    /// No entry could go: the packet is lost.
    public var overLimit: UInt64 = 0
    /// Claims to another's address that were not believed as they came.
    public var disputes: UInt64 = 0

    public init() {}
}
