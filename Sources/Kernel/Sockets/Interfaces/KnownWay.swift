import KernelNetwork
import KernelWire

/// By which card a socket's segments go, and to which station: found once, and used for as long
/// as nothing has changed, without a look at routes and neighbours.
struct KnownWay: BitwiseCopyable {
    /// Its number; negative: none is known.
    var card: Int32 = -1
    /// The card's pair of queues: that of the core which has found the way. Segments that leave by
    /// different ones overtake each other, and the host, which sends by the pair that it has last
    /// received by, would send by both.
    private(set) var pair: Int16 = 0
    private let generation: UInt64
    /// When it is looked for again, so that the neighbour's reachability is watched (RFC 4861, 7.3).
    var end = Instant.start
    let own: EthernetAddress
    var station: EthernetAddress

    /// A small part of the time for which a neighbour is believed to be reachable, 30 s.
    static var life: Interval { .milliseconds(500) }

    static var none: KnownWay { KnownWay(card: -1, own: .zero, station: .zero, 0) }

    init(card: Int, own: EthernetAddress, station: EthernetAddress, _ generation: UInt64) {
        self.card = Int32(truncatingIfNeeded: card)
        self.own = own
        self.station = station
        self.generation = generation
    }

    /// Goes by a pair of queues from now on, or still, as long as the way was not old that has become
    /// another one.
    mutating func choose(_ pair: Int, after old: KnownWay, at now: Instant) {
        self.pair = old.card == card && now < old.end ? old.pair : Int16(truncatingIfNeeded: pair)
    }

    @inline(__always)
    func isValid(at now: Instant, _ generation: UInt64) -> Bool {
        card >= 0 && self.generation == generation && now < end
    }
}
