import KernelNetwork
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: routes and path MTU")
struct RouteTests {
    private func prefix(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ length: UInt8) -> AddressPrefix {
        AddressPrefix(.v4(IPv4Address(a, b, c, d)), length: length)!
    }

    @Test("Prefixes")
    func prefixes() {
        #expect(prefix(10, 1, 2, 3, 24) == prefix(10, 1, 2, 255, 24))
        #expect(prefix(10, 1, 2, 3, 24).contains(.v4(IPv4Address(10, 1, 2, 77))))
        #expect(!prefix(10, 1, 2, 3, 24).contains(.v4(IPv4Address(10, 1, 3, 77))))
        #expect(prefix(0, 0, 0, 0, 0).contains(.v4(.broadcast)))
        #expect(!AddressPrefix.everyV4.contains(.v6(.loopback)))
        #expect(prefix(10, 1, 2, 3, 32).contains(.v4(IPv4Address(10, 1, 2, 3))))
        #expect(prefix(10, 1, 2, 3, 24).broadcast == IPv4Address(10, 1, 2, 255))
        #expect(prefix(10, 1, 2, 3, 31).broadcast == nil)
        #expect(AddressPrefix(.v4(.loopback), length: 33) == nil)
        #expect(AddressPrefix(.v6(.loopback), length: 129) == nil)
        let six = IPv6Address(high: 0x2001_0db8_0000_0001, low: 0xffff)
        for length in 0...128 as ClosedRange<UInt8> {
            let prefix = AddressPrefix(.v6(six), length: length)!
            #expect(prefix.contains(.v6(six)))
            guard length > 0 else { continue }
            // The last bit of the prefix counts, the one behind it does not.
            let bit = 128 - UInt64(length)
            let changed = bit < 64
                ? IPv6Address(high: six.high, low: six.low ^ 1 << bit)
                : IPv6Address(high: six.high ^ 1 << (bit - 64), low: six.low)
            #expect(!prefix.contains(.v6(changed)))
        }
    }

    @Test("The longest prefix counts, then the lower metric; the interface may be asked for")
    func longest() {
        var table = RouteTable()
        let gateway = IPAddress.v4(IPv4Address(10, 0, 0, 1))
        table.add(Route(.everyV4, interface: 1, gateway: gateway, metric: 100))
        table.add(Route(.everyV4, interface: 2, gateway: .v4(IPv4Address(10, 9, 0, 1)), metric: 50))
        table.add(Route(prefix(10, 0, 0, 0, 24), interface: 1))
        table.add(Route(prefix(10, 0, 0, 128, 25), interface: 3))
        let outside = IPAddress.v4(IPv4Address(8, 8, 8, 8))
        #expect(table.find(outside)?.interface == 2)
        #expect(table.find(outside, interface: 1)?.nextHop(for: outside) == gateway)
        let near = IPAddress.v4(IPv4Address(10, 0, 0, 5))
        #expect(table.find(near)?.interface == 1 && table.find(near)?.nextHop(for: near) == near)
        #expect(table.find(.v4(IPv4Address(10, 0, 0, 200)))?.interface == 3)
        #expect(table.find(.v6(.loopback)) == nil)
        #expect(table.find(outside, interface: 7) == nil)
    }

    @Test("Routes come, change, expire and go; whoever looks again knows that it must")
    func changes() {
        var table = RouteTable()
        let now = Instant(nanoseconds: 5)
        let route = Route(.everyV4, interface: 1, origin: .dhcp, expires: now + .seconds(1))
        table.add(route)
        let generation = table.generation
        var longer = route
        longer.expires = now + .seconds(9)
        table.add(longer)
        #expect(table.count == 1 && table.generation == generation)
        table.expire(at: now + .seconds(2))
        #expect(table.count == 1 && table.deadline == now + .seconds(9))
        table.expire(at: now + .seconds(9))
        #expect(table.count == 0 && table.generation != generation)
        let isRemoved = table.remove(route)
        #expect(!isRemoved)
    }

    @Test("Routers that advertise thousands of routes leave room for configured ones")
    func limits() {
        var table = RouteTable()
        for i in 0..<5000 as Range<UInt64> {
            table.add(
                Route(
                    AddressPrefix(.v6(IPv6Address(high: i << 8, low: 0)), length: 64)!, interface: 1,
                    origin: .routerAdvertisement))
        }
        #expect(table.count == RouteTable.maximumAdvertised && table.overLimit > 4000)
        let isAdded = table.add(Route(.everyV6, interface: 1))
        #expect(isAdded)
        for i in 0..<200 as Range<UInt8> { table.add(Route(prefix(10, i, 0, 0, 16), interface: 1)) }
        #expect(table.count == RouteTable.capacity)
    }

    @Test("A table does what a list of all its routes says")
    func model() {
        var generator = SeededGenerator(seed: 1812)
        for _ in 0..<200 {
            var table = RouteTable()
            var all: [Route] = []
            for number in 0..<40 {
                let route = Route(
                    AddressPrefix(
                        .v4(IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()) & 0xf0f0_f0f0)),
                        length: UInt8(generator.below(33)))!, interface: number, metric: UInt32(generator.below(3)))
                table.add(route)
                all.append(route)
            }
            for _ in 0..<50 {
                let address = IPAddress.v4(
                    IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()) & 0xf0f0_f0f0))
                let fitting = all.filter { $0.prefix.contains(address) }
                let longest = fitting.map(\.prefix.length).max()
                let best = fitting.filter { $0.prefix.length == longest }.map(\.metric).min()
                let found = table.find(address)
                #expect(found?.prefix.length == longest && found?.metric == best)
            }
        }
    }

    @Test("Path MTU: believed down to the floor, forgotten after ten minutes, never raised by an error")
    func pathMTU() {
        var cache = PathMTUCache(key: SipKey(low: 3, high: 4))
        let now = Instant(nanoseconds: 1)
        let peer = IPAddress.v4(IPv4Address(192, 0, 2, 1))
        let six = IPAddress.v6(IPv6Address(high: 0x2001_0db8 << 32, low: 9))
        #expect(cache.find(peer, link: 1500, at: now) == 1500)
        #expect(cache.reduce(peer, to: 1400, current: 1500, at: now) == 1400)
        #expect(cache.find(peer, link: 1500, at: now) == 1400)
        #expect(cache.find(peer, link: 1300, at: now) == 1300)
        #expect(cache.reduce(peer, to: 1400, current: 1400, at: now) == nil)
        #expect(cache.reduce(peer, to: 9000, current: 1400, at: now) == nil)
        // A router of old, on RFC 1191's plateaus.
        #expect(cache.reduce(peer, to: 0, current: 1400, at: now) == 1006)
        // Lies.
        #expect(cache.reduce(peer, to: 68, current: 1006, at: now) == PathMTUCache.minimumV4)
        #expect(cache.reduce(peer, to: 68, current: PathMTUCache.minimumV4, at: now) == nil)
        #expect(cache.reduce(six, to: 1000, current: 1500, at: now) == 1280)
        #expect(cache.reduce(six, to: 0, current: 1280, at: now) == nil)
        #expect(cache.belowFloor == 4)
        #expect(cache.find(six, link: 1500, at: now) == 1280)
        #expect(cache.find(peer, link: 1500, at: now + .seconds(600)) == 1500)
        // Many others: bounded, and sound.
        for i in 0..<10_000 as Range<UInt32> {
            _ = cache.reduce(.v4(IPv4Address(bits: i)), to: 1300, current: 1500, at: now)
        }
        #expect(cache.find(.v4(IPv4Address(bits: 9999)), link: 1500, at: now) == 1300)
    }

    @Test("ICMP errors: so many to one peer, so many in all")
    func limiter() {
        var limiter = ErrorLimiter(key: SipKey(low: 5, high: 6))
        let now = Instant(nanoseconds: 1)
        let one = IPAddress.v4(IPv4Address(192, 0, 2, 1))
        #expect((0..<1000).filter { _ in limiter.permits(one, at: now) }.count == Int(ErrorLimiter.burstOfPeer))
        let second = now + .seconds(1)
        #expect((0..<1000).filter { _ in limiter.permits(one, at: second) }.count == Int(ErrorLimiter.burstOfPeer))
        // Everybody at once: at most the burst.
        let sent = (0..<10_000 as Range<UInt32>).filter {
            limiter.permits(.v4(IPv4Address(bits: $0)), at: now + .seconds(2))
        }.count
        #expect(sent <= Int(ErrorLimiter.burst) && sent >= Int(ErrorLimiter.burst) / 3)
        // Over ten seconds: at most the rate.
        var all = 0
        for step in 0..<10_000 as Range<UInt64> {
            for peer in 0..<5 as Range<UInt32>
            where limiter.permits(
                .v4(IPv4Address(bits: UInt32(step) &* 77 &+ peer)), at: now + .seconds(10) + .milliseconds(step))
            {
                all += 1
            }
        }
        #expect(all <= 10_000 + Int(ErrorLimiter.burst) && all > 500)
    }
}
