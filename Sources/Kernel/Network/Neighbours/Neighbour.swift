import KernelWire

/// What is known of a neighbour's reachability (RFC 4861, 7.3.2); for ARP the same
/// is done with its messages.
public enum Reachability: UInt8, Sendable, BitwiseCopyable {
    /// Its address on the link was asked for and has not been told.
    case incomplete
    /// It was there a short while ago.
    case reachable
    /// It has not been heard of for some time, or spoke unasked.
    case stale
    /// It was sent a packet since, and has a while to be heard of.
    case delayed
    /// It is asked whether it is still there.
    case probing
}

struct Neighbour: Sendable {
    var address = IPAddress.v4(.unspecified)
    /// Of no meaning while it is incomplete.
    var link = EthernetAddress.zero
    var state = Reachability.stale
    var isUsed = false
    var isRouter = false
    /// Whether packets of the owner wait for it.
    var hasWaiting = false
    var probes: UInt8 = 0
    /// Tells entries that were at one place apart.
    var generation: UInt32 = 0
    /// When the state ends.
    var deadline = Instant.never
    /// Orders entries by their last use.
    var lastUse = Instant.start
    /// The next of its bucket; -1: none.
    var next: Int16 = -1
}

/// A neighbour that was found, to be found again without a search.
public struct NeighbourHandle: Equatable, Sendable, BitwiseCopyable {
    public let slot: Int
    let generation: UInt32
}

/// RFC 4861, 10, which is taken for ARP, too (RFC 1122, 2.3.2.1).
public enum NeighbourTiming {
    /// MAX_MULTICAST_SOLICIT, MAX_UNICAST_SOLICIT
    public static var maximumProbes: UInt8 { 3 }
    /// DELAY_FIRST_PROBE_TIME
    public static var firstProbeDelay: Interval { .seconds(5) }
    /// REACHABLE_TIME, where no router says another.
    public static var reachableTime: Interval { .seconds(30) }
    /// RETRANS_TIMER
    public static var retransmissionTime: Interval { .seconds(1) }
}
