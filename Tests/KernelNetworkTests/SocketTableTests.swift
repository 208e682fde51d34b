import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: the socket table")
struct SocketTableTests {
    private let key = SipKey(low: 7, high: 8)
    private let v4 = IPAddress.v4(IPv4Address(10, 0, 0, 1))
    private let v6 = IPAddress.v6(IPv6Address(high: 0xfe80 << 48, low: 1))
    private let any4 = IPAddress.v4(.unspecified)
    private let any6 = IPAddress.v6(.unspecified)
    private let remote = Endpoint(.v4(IPv4Address(10, 0, 0, 2)), Port(5000))

    @Test("Both ends before the address, the address before the wildcard, the interface before all")
    func order() throws {
        var table = SocketTable(key: key)
        func find(_ address: IPAddress, interface: Int = 1) -> UInt32? {
            table.find(.udp, local: Endpoint(address, Port(53)), remote: remote, interface: interface)
        }
        #expect(find(v4) == nil)
        _ = try table.bind(1, SocketBinding(.udp, any4, Port(53), flags: .reusesAddress))
        #expect(find(v4) == 1)
        #expect(find(v6) == nil)
        _ = try table.bind(2, SocketBinding(.udp, v4, Port(53), flags: .reusesAddress))
        #expect(find(v4) == 2)
        _ = try table.bind(3, SocketBinding(.udp, any4, Port(53), flags: .reusesAddress, interface: 1))
        #expect(find(v4) == 3)
        #expect(find(v4, interface: 2) == 2)
        let entry = try table.connect(4, .udp, local: Endpoint(v4, Port(53)), remote: remote)
        #expect(find(v4) == 4)
        #expect(table.find(.tcp, local: Endpoint(v4, Port(53)), remote: remote, interface: 1) == nil)
        #expect(
            table.find(
                .udp, local: Endpoint(v4, Port(53)), remote: Endpoint(remote.address, Port(5001)), interface: 1) == 3)
        table.remove(entry)
        #expect(find(v4) == 3)
        #expect(table.count == 3)
    }

    @Test("IPv6's wildcard takes IPv4, unless it is for IPv6 alone; a mapped address is IPv4's")
    func versions() throws {
        var table = SocketTable(key: key)
        func find(_ address: IPAddress) -> UInt32? {
            table.find(.tcp, local: Endpoint(address, Port(80)), remote: remote, interface: 0)
        }
        let both = try table.bind(1, SocketBinding(.tcp, any6, Port(80)))
        #expect(find(v4) == 1 && find(v6) == 1)
        table.remove(both)
        _ = try table.bind(2, SocketBinding(.tcp, any6, Port(80), flags: .onlyV6))
        #expect(find(v4) == nil && find(v6) == 2)
        _ = try table.bind(3, SocketBinding(.tcp, any4, Port(80)))
        #expect(find(v4) == 3 && find(v6) == 2)
        _ = try table.bind(4, SocketBinding(.tcp, .v6(IPv6Address(mapping: IPv4Address(10, 0, 0, 1))), Port(81)))
        #expect(table.find(.tcp, local: Endpoint(v4, Port(81)), remote: remote, interface: 0) == 4)
    }

    /// What Linux answers to the second of two binds of a TCP port.
    @Test("Bindings that overlap are refused, others are not")
    func conflicts() throws {
        typealias Flags = SocketBinding.Flags
        let reuse = Flags.reusesAddress
        let share = Flags.sharesPort
        let cases: [(IPAddress, Flags, IPAddress, Flags, Bool)] = [
            (any4, [], any4, [], false), (any4, [], v4, [], false), (v4, [], any4, [], false), (v4, [], v4, [], false),
            (v4, [], .v4(IPv4Address(10, 0, 0, 9)), [], true), (v4, [], v6, [], true), (any6, [], any4, [], false),
            (any6, .onlyV6, any4, [], true), (any4, [], any6, .onlyV6, true), (any4, [], any6, [], false),
            (any6, [], v4, [], false), (v4, [], any6, [], false), (v6, [], any4, [], true), (any4, [], v6, [], true),
            (v6, [], any6, .onlyV6, false), (any6, .onlyV6, v6, [], false), (v4, [], any6, .onlyV6, true),
            (any6, .onlyV6, v4, [], true), (any4, reuse, any4, [], false), (any4, reuse, any4, reuse, true),
            (any4, share, any4, share, true), (any4, share, any4, reuse, false), (any4, share, v4, share, true),
        ]
        for (first, firstFlags, second, secondFlags, isAllowed) in cases {
            var table = SocketTable(key: key)
            let entry = try table.bind(1, SocketBinding(.tcp, first, Port(80), flags: firstFlags))
            let binding = SocketBinding(.tcp, second, Port(80), flags: secondFlags)
            #expect(table.isFree(binding) == isAllowed, "\(first) \(second)")
            do {
                _ = try table.bind(2, binding)
                #expect(isAllowed, "\(first) \(second)")
            } catch {
                #expect(!isAllowed && error == .addressInUse, "\(first) \(second)")
            }
            // Another port, another protocol.
            _ = try table.bind(3, SocketBinding(.tcp, second, Port(81), flags: secondFlags))
            _ = try table.bind(4, SocketBinding(.udp, second, Port(80), flags: secondFlags))
            table.listen(entry)
        }
        // A port that somebody listens to is not had by SO_REUSEADDR.
        var table = SocketTable(key: key)
        let entry = try table.bind(1, SocketBinding(.tcp, any4, Port(80), flags: reuse))
        table.listen(entry)
        #expect(!table.isFree(SocketBinding(.tcp, any4, Port(80), flags: reuse)))
        // Other interfaces do not overlap.
        _ = try table.bind(2, SocketBinding(.tcp, any4, Port(82), interface: 1))
        #expect(table.isFree(SocketBinding(.tcp, any4, Port(82), interface: 2)))
        #expect(!table.isFree(SocketBinding(.tcp, any4, Port(82))))
    }

    @Test("Sockets that share a port get their part of the peers, each always the same")
    func sharing() throws {
        var table = SocketTable(key: key)
        for socket in 0..<4 as Range<UInt32> {
            _ = try table.bind(socket, SocketBinding(.tcp, any4, Port(80), flags: .sharesPort))
        }
        var counts = [Int](repeating: 0, count: 4)
        for port in 0..<4000 as Range<UInt16> {
            let peer = Endpoint(remote.address, Port(port))
            let socket = try #require(
                table.find(.tcp, local: Endpoint(v4, Port(80)), remote: peer, interface: 0))
            counts[Int(socket)] += 1
            #expect(table.find(.tcp, local: Endpoint(v4, Port(80)), remote: peer, interface: 0) == socket)
        }
        #expect(counts.allSatisfy { $0 > 800 && $0 < 1200 }, "\(counts)")
    }

    @Test("A datagram for a group is every socket's that fits")
    func groups() throws {
        var table = SocketTable(key: key)
        let group = IPAddress.v4(IPv4Address(224, 0, 0, 251))
        _ = try table.bind(1, SocketBinding(.udp, any4, Port(5353), flags: .reusesAddress))
        _ = try table.bind(2, SocketBinding(.udp, group, Port(5353), flags: .reusesAddress))
        _ = try table.bind(3, SocketBinding(.udp, v4, Port(5353), flags: .reusesAddress))
        _ = try table.bind(4, SocketBinding(.udp, any6, Port(5353), flags: .reusesAddress))
        var found: [UInt32] = []
        table.forEach(bound: .udp, local: Endpoint(group, Port(5353)), interface: 0) { found.append($0) }
        #expect(found.sorted() == [1, 2, 4])
    }

    @Test("The table does what a dictionary says, through growth and removals")
    func model() throws {
        struct Ends: Hashable {
            var local: Endpoint
            var remote: Endpoint
        }
        var generator = SeededGenerator(seed: 9)
        var table = SocketTable(key: key, capacity: 16)
        var model: [Ends: (UInt32, SocketTable.Entry)] = [:]
        func ends() -> Ends {
            let word = generator.next()
            let six = word & 1 != 0
            let host = word >> 1 & 31
            let local: IPAddress = six ? .v6(IPv6Address(high: 1, low: host)) : .v4(IPv4Address(bits: UInt32(host)))
            let far: IPAddress =
                six ? .v6(IPv6Address(high: 2, low: host)) : .v4(IPv4Address(bits: 0x0a00_0000 | UInt32(host)))
            return Ends(
                local: Endpoint(local, Port(UInt16(word >> 8 & 15))),
                remote: Endpoint(far, Port(UInt16(word >> 16 & 63))))
        }
        for step in 0..<60_000 as Range<UInt32> {
            let ends = ends()
            if let (socket, entry) = model[ends] {
                #expect(table.find(connected: .tcp, local: ends.local, remote: ends.remote) == socket)
                #expect(throws: Errno.addressNotAvailable) {
                    try table.connect(0, .tcp, local: ends.local, remote: ends.remote)
                }
                if step % 3 == 0 {
                    table.remove(entry)
                    model[ends] = nil
                }
            } else {
                #expect(table.find(connected: .tcp, local: ends.local, remote: ends.remote) == nil)
                model[ends] = (step, try table.connect(step, .tcp, local: ends.local, remote: ends.remote))
            }
        }
        #expect(table.count == model.count && model.count > 1000)
        for (ends, (socket, entry)) in model {
            #expect(table.find(connected: .tcp, local: ends.local, remote: ends.remote) == socket)
            table.remove(entry)
        }
        #expect(table.count == 0)
    }

    @Test("Ports: in the range, free, and all of them before none is left")
    func ports() throws {
        var generator = SeededGenerator(seed: 6056)
        var counter: UInt16 = 0
        var used = Set<UInt16>()
        let number = PortSelection.range.count
        for _ in 0..<number {
            let port = try PortSelection.connection(
                from: v4, to: remote, key: key, counter: &counter, isFree: { !used.contains($0.number) })
            #expect(PortSelection.range.contains(port.number))
            used.insert(port.number)
        }
        #expect(used.count == number)
        #expect(throws: Errno.addressNotAvailable) {
            try PortSelection.connection(
                from: v4, to: remote, key: key, counter: &counter, isFree: { !used.contains($0.number) })
        }
        #expect(throws: Errno.addressInUse) {
            try PortSelection.random(from: &generator, isFree: { !used.contains($0.number) })
        }
        used.remove(40_000)
        let last = try PortSelection.random(from: &generator, isFree: { !used.contains($0.number) })
        #expect(last == Port(40_000))
    }

    @Test("A bound socket gets another interface, or stays as it was")
    func theInterfaceChanges() throws {
        func binding(_ interface: Int?, _ flags: SocketBinding.Flags = .reusesAddress) -> SocketBinding {
            SocketBinding(.tcp, any4, Port(80), flags: flags, interface: interface)
        }
        var table = SocketTable(key: key)
        let one = try table.bind(1, binding(1))
        let other = try table.bind(2, binding(2))
        let listen = (table.listen(one), table.listen(other))
        #expect(listen == (true, true))
        // Another one listens there, and then nobody may join it by chance.
        #expect(throws: Errno.addressInUse) { try table.change(other, to: binding(1)) }
        #expect(throws: Errno.addressInUse) { try table.change(other, to: binding(nil)) }
        #expect(throws: Errno.addressInUse) { try table.change(other, to: binding(1, [])) }
        table.endListening(one)
        table.remove(one)
        try table.change(other, to: binding(1))
        // The place of the other one is free, and its own is not.
        let third = try table.bind(3, binding(2))
        let listens = table.listen(third)
        #expect(listens)
        #expect(throws: Errno.addressInUse) { try table.bind(4, binding(1, [])) }
        table.remove(other)
        table.remove(third)
    }

    @Test("Of two that may have the same port one listens, unless they share it")
    func oneListens() throws {
        for (flags, both) in [(SocketBinding.Flags.reusesAddress, false), (.sharesPort, true)] {
            var table = SocketTable(key: key)
            let one = try table.bind(1, SocketBinding(.tcp, any4, Port(80), flags: flags))
            let other = try table.bind(2, SocketBinding(.tcp, any4, Port(80), flags: flags))
            let said = (table.listen(one), table.listen(other))
            #expect(said == (true, both))
            table.endListening(one)
            let then = table.listen(other)
            #expect(then)
        }
        var table = SocketTable(key: key)
        let six = try table.bind(1, SocketBinding(.tcp, any6, Port(80), flags: [.reusesAddress, .onlyV6]))
        let four = try table.bind(2, SocketBinding(.tcp, any4, Port(80), flags: .reusesAddress))
        let apart = (table.listen(six), table.listen(four))
        #expect(apart == (true, true))
        let here = try table.bind(3, SocketBinding(.tcp, v4, Port(81), flags: .reusesAddress))
        let all = try table.bind(4, SocketBinding(.tcp, any6, Port(81), flags: .reusesAddress))
        let together = (table.listen(here), table.listen(all))
        #expect(together == (true, false))
    }
}
