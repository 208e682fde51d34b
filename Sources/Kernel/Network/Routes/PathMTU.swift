import KernelWire

/// The most that fits through to a destination in one packet (RFC 1191, RFC 8201).
///
/// Whoever gets an error believes it only for a packet that it has sent: of TCP,
/// one whose number is in flight (RFC 5927, 7). Even then there is a floor: what is
/// said to be less is cut on the way, and not made useless small by a liar.
public struct PathMTUCache: Sendable {
    /// Four to a set; a destination that finds no room pushes out the set's oldest.
    public static var capacity: Int { 256 }
    private static var ways: Int { 4 }
    /// How long a value counts until more is tried (RFC 1191, 6.3; RFC 8201, 4).
    public static var lifetime: Interval { .seconds(600) }
    /// What every link of IPv6 takes (RFC 8200, 5), and for IPv4 the least that is
    /// believed, Linux's.
    public static var minimumV6: Int { 1280 }
    public static var minimumV4: Int { 552 }

    private struct Entry {
        var address = IPAddress.v4(.unspecified)
        var unit: UInt32 = 0
        var expires = Instant.start
    }

    private var entries: [Entry]
    private let key: SipKey
    /// Another number whenever a value has changed.
    public private(set) var generation: UInt64 = 0
    /// Values below the floor.
    public private(set) var belowFloor: UInt64 = 0

    public init(key: SipKey) {
        self.key = key
        entries = [Entry](repeating: Entry(), count: Self.capacity)
    }

    /// What fits through to `destination`: at most the link's.
    public func find(_ destination: IPAddress, link: Int, at now: Instant) -> Int {
        let first = set(destination)
        for i in first..<first &+ Self.ways
        where entries[i].expires > now && entries[i].address == destination {
            return min(link, Int(entries[i].unit))
        }
        return link
    }

    /// Believes an error.
    ///
    /// - Parameters:
    ///   - unit: What the next link takes; 0: a router of old that does not say.
    ///   - current: What was thought to fit.
    /// - Returns: What fits now; `nil`: the error says nothing new.
    public mutating func reduce(
        _ destination: IPAddress, to unit: UInt32, current: Int, at now: Instant
    ) -> Int? {
        var believed = unit == 0 && !destination.isV6 ? Self.plateau(below: current) : Int(unit)
        let floor = destination.isV6 ? Self.minimumV6 : Self.minimumV4
        if believed < floor {
            belowFloor &+= 1
            believed = floor
        }
        guard believed < current else { return nil }
        let first = set(destination)
        var place = first
        for i in first..<first &+ Self.ways {
            if entries[i].expires > Instant.start, entries[i].address == destination {
                place = i
                break
            }
            if entries[i].expires < entries[place].expires { place = i }
        }
        entries[place] = Entry(
            address: destination, unit: UInt32(truncatingIfNeeded: believed), expires: now + Self.lifetime)
        generation &+= 1
        return believed
    }

    /// RFC 1191, 7.1: units that links have.
    private static func plateau(below unit: Int) -> Int {
        switch unit {
        case 32_001...: 32_000
        case 17_915...: 17_914
        case 8167...: 8166
        case 4353...: 4352
        case 2003...: 2002
        case 1493...: 1492
        case 1007...: 1006
        default: minimumV4
        }
    }

    private func set(_ address: IPAddress) -> Int {
        let (high, low) = address.words
        let hash = SipHash.tableHash(high, low, key: key)
        return Int(truncatingIfNeeded: hash & UInt64(Self.capacity / Self.ways &- 1)) &* Self.ways
    }
}
