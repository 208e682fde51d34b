import KernelNetwork
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: neighbours")
struct NeighbourTests {
    private let key = SipKey(low: 1, high: 2)
    private let now = Instant(nanoseconds: 1_000_000_000)
    private let peer = IPAddress.v4(IPv4Address(10, 0, 0, 2))
    private let station = EthernetAddress(bits: 0x5254_0000_0002)
    private let other = EthernetAddress(bits: 0x5254_0000_0666)

    private func resolved(at now: Instant) -> NeighbourTable {
        var table = NeighbourTable(key: key)
        _ = table.resolve(peer, at: now)
        _ = table.advertised(peer, link: station, isSolicited: true, overrides: true, isRouter: false, at: now)
        return table
    }

    @Test("Asked for three times a second apart, then given up; what waits is told of")
    func failure() {
        var table = NeighbourTable(key: key)
        guard case .waiting(let handle, true) = table.resolve(peer, at: now) else {
            Issue.record("not asked for")
            return
        }
        #expect(table.resolve(peer, at: now) == .waiting(handle, solicits: false))
        #expect(table.deadline == now + .seconds(1))
        #expect(table.next(at: now) == nil)
        #expect(table.next(at: now + .seconds(1)) == .solicit(peer, link: nil))
        #expect(table.next(at: now + .seconds(1)) == nil)
        #expect(table.next(at: now + .seconds(2)) == .solicit(peer, link: nil))
        #expect(table.next(at: now + .seconds(3)) == .failed(peer, slot: handle.slot))
        #expect(table.next(at: now + .seconds(3)) == nil && table.deadline == .never && table.count == 0)
    }

    @Test("RFC 4861, 7.3: reachable, stale, delayed, probed, reachable again")
    func unreachability() {
        var table = NeighbourTable(key: key)
        _ = table.resolve(peer, at: now)
        let slot = table.advertised(peer, link: station, isSolicited: true, overrides: true, isRouter: false, at: now)
        #expect(slot != nil)
        guard case .known(station, let handle) = table.resolve(peer, at: now) else {
            Issue.record("not known")
            return
        }
        #expect(table.link(of: handle) == station)
        let stale = now + .seconds(30)
        #expect(table.next(at: stale) == nil)
        #expect(table.state(of: peer)?.0 == .stale)
        #expect(table.link(of: handle) == nil)
        #expect(table.resolve(peer, at: stale) == .known(station, handle))
        #expect(table.state(of: peer)?.0 == .delayed)
        let probe = stale + .seconds(5)
        #expect(table.next(at: probe) == .solicit(peer, link: station))
        #expect(table.state(of: peer)?.0 == .probing)
        // It is used while it is probed.
        #expect(table.resolve(peer, at: probe) == .known(station, handle))
        _ = table.advertised(
            peer, link: station, isSolicited: true, overrides: false, isRouter: false, at: probe)
        #expect(table.state(of: peer)?.0 == .reachable)
        // Forward progress of a connection saves the probe.
        let later = probe + .seconds(31)
        _ = table.next(at: later)
        _ = table.resolve(peer, at: later)
        table.confirm(handle, at: later)
        #expect(table.link(of: handle) == station)
    }

    @Test("One that does not answer where it was is asked for everywhere, then forgotten")
    func gone() {
        var table = resolved(at: now)
        var clock = now + .seconds(30)
        _ = table.next(at: clock)
        _ = table.resolve(peer, at: clock)
        clock += .seconds(5)
        for _ in 0..<3 {
            #expect(table.next(at: clock) == .solicit(peer, link: station))
            clock += .seconds(1)
        }
        for _ in 0..<3 {
            #expect(table.next(at: clock) == .solicit(peer, link: nil))
            clock += .seconds(1)
        }
        guard case .failed(peer, _) = table.next(at: clock) else {
            Issue.record("not given up")
            return
        }
    }

    @Test("Spoofing: what was not asked for makes no entry and moves none")
    func spoofing() {
        var table = NeighbourTable(key: key)
        // No entry from an answer to nothing.
        _ = table.advertised(peer, link: other, isSolicited: true, overrides: true, isRouter: false, at: now)
        #expect(table.count == 0)
        table = resolved(at: now)
        // A claim, said to be solicited and overriding: the known one is asked.
        _ = table.advertised(peer, link: other, isSolicited: true, overrides: true, isRouter: false, at: now)
        #expect(table.state(of: peer)! == (.probing, station))
        #expect(table.next(at: now) == .solicit(peer, link: station))
        // The liar goes on; the owner answers.
        _ = table.advertised(peer, link: other, isSolicited: true, overrides: true, isRouter: false, at: now)
        _ = table.asked(by: peer, link: other, at: now)
        _ = table.advertised(peer, link: station, isSolicited: true, overrides: true, isRouter: false, at: now)
        #expect(table.state(of: peer)! == (.reachable, station))
        #expect(table.counters.disputes == 3)
        // Groups and nobody are no stations.
        for link in [EthernetAddress.broadcast, .zero, EthernetAddress(bits: 0x0100_5e00_0001)] {
            _ = table.advertised(peer, link: link, isSolicited: true, overrides: true, isRouter: false, at: now)
            _ = table.asked(by: .v4(IPv4Address(10, 0, 0, 9)), link: link, at: now)
        }
        #expect(table.state(of: peer)! == (.reachable, station) && table.count == 1)
    }

    @Test("A station that takes an address over is believed when the old one keeps silent")
    func takeOver() {
        var table = resolved(at: now)
        var clock = now
        _ = table.advertised(peer, link: other, isSolicited: false, overrides: true, isRouter: false, at: clock)
        var asksAll = false
        for _ in 0..<4 {
            if table.next(at: clock) == .solicit(peer, link: nil) {
                asksAll = true
                break
            }
            clock += .seconds(1)
        }
        #expect(asksAll)
        _ = table.advertised(peer, link: other, isSolicited: true, overrides: true, isRouter: false, at: clock)
        #expect(table.state(of: peer)! == (.reachable, other))
    }

    @Test("Who asks for this host's address is known, stale, and needs not be asked")
    func asked() {
        var table = NeighbourTable(key: key)
        #expect(table.asked(by: peer, link: station, at: now) == nil)
        #expect(table.state(of: peer)! == (.stale, station))
        guard case .known(station, _) = table.resolve(peer, at: now) else {
            Issue.record("not known")
            return
        }
        // Packets that wait go, when the one they wait for asks.
        let second = IPAddress.v4(IPv4Address(10, 0, 0, 3))
        guard case .waiting(let handle, true) = table.resolve(second, at: now) else {
            Issue.record("not asked for")
            return
        }
        #expect(table.asked(by: second, link: other, at: now) == handle.slot)
    }

    @Test("A scan of a whole subnet stays within the limits and pushes nobody out who answers")
    func scan() {
        var table = resolved(at: now)
        var full = 0
        for i in 0..<10_000 as Range<UInt32> {
            if table.resolve(.v4(IPv4Address(bits: 0x0a01_0000 + i)), at: now) == .full { full += 1 }
        }
        #expect(full == 10_000 - NeighbourTable.maximumIncomplete)
        #expect(table.state(of: peer)! == (.reachable, station))
        // Everybody asks: old ones go, the count is bounded.
        for i in 0..<5000 as Range<UInt32> {
            _ = table.asked(by: .v4(IPv4Address(bits: 0x0a02_0000 + i)), link: station, at: now + .seconds(1))
        }
        #expect(table.count <= NeighbourTable.capacity)
    }

    @Test("Any messages whatever in any order: bounded, and deadlines are never missed")
    func fuzz() {
        var generator = SeededGenerator(seed: 4861)
        var table = NeighbourTable(key: key)
        var clock = now
        var handles: [NeighbourHandle] = []
        for number in 0..<fuzzCases {
            let address = IPAddress.v4(IPv4Address(bits: UInt32(generator.below(600))))
            let link = EthernetAddress(bits: 0x0200_0000_0000 + UInt64(generator.below(8)))
            switch generator.below(8) {
            case 0, 1, 2:
                switch table.resolve(address, at: clock) {
                case .known(_, let handle), .waiting(let handle, _): handles.append(handle)
                case .full: break
                }
            case 3, 4:
                _ = table.advertised(
                    address, link: generator.below(4) == 0 ? nil : link, isSolicited: generator.below(2) == 0,
                    overrides: generator.below(2) == 0, isRouter: false, at: clock)
            case 5: _ = table.asked(by: address, link: link, at: clock)
            case 6: if let handle = handles.randomElement(using: &generator) { table.confirm(handle, at: clock) }
            default:
                clock += .milliseconds(UInt64(generator.below(700)))
                var work = 0
                while table.next(at: clock) != nil { work += 1 }
                if table.deadline <= clock || work > NeighbourTable.capacity * 2 {
                    Issue.record("case \(number): work is never done")
                    return
                }
            }
            if handles.count > 50 { handles.removeFirst(25) }
            if number % 1000 == 0, table.count > NeighbourTable.capacity {
                Issue.record("case \(number): too many")
                return
            }
        }
    }
}
