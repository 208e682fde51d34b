/// Counters of IP, with RFC 4293's names in words.
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
    public var outNoRoutes: UInt64 = 0
    public var fragmentsCreated: UInt64 = 0

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
}

/// RFC 4293's of ICMP.
public struct ICMPCounters: Equatable, Sendable, BitwiseCopyable {
    public var inMessages: UInt64 = 0
    public var inErrors: UInt64 = 0
    public var inChecksumErrors: UInt64 = 0
    public var outMessages: UInt64 = 0
    /// Errors that were not sent for their rate.
    public var outRateLimited: UInt64 = 0

    public init() {}
}

/// What the segments and datagrams that reach sockets or none have for counters
/// (RFC 4022, RFC 4113).
public struct TransportCounters: Equatable, Sendable, BitwiseCopyable {
    public var inSegments: UInt64 = 0
    /// Wrong checksums and lengths.
    public var inErrors: UInt64 = 0
    /// No socket was there.
    public var noPorts: UInt64 = 0

    public init() {}
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
