import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: names, addresses and files as texts")
struct DNSTextTests {
    private func parse(_ text: String) -> IPAddress? { IPAddress(text: unsafe Array(text.utf8).span.bytes) }

    @Test("Addresses of IPv4", arguments: [
        ("0.0.0.0", 0), ("1.2.3.4", 0x0102_0304), ("255.255.255.255", 0xffff_ffff), ("10.0.2.15", 0x0a00_020f),
    ] as [(String, UInt32)])
    func v4(text: String, bits: UInt32) { #expect(parse(text) == .v4(IPv4Address(bits: bits))) }

    @Test("Addresses of IPv6 (RFC 4291, 2.2)", arguments: [
        ("::", 0, 0), ("::1", 0, 1), ("1::", 0x0001_0000_0000_0000, 0),
        ("2001:db8:0:0:8:800:200c:417a", 0x2001_0db8_0000_0000, 0x0008_0800_200c_417a),
        ("2001:DB8::8:800:200C:417A", 0x2001_0db8_0000_0000, 0x0008_0800_200c_417a),
        ("ff01::101", 0xff01_0000_0000_0000, 0x101), ("::13.1.68.3", 0, 0x0d01_4403),
        ("::ffff:129.144.52.38", 0, 0xffff_8190_3426), ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004, 0x0005_0006_0007_0000),
        ("::2:3:4:5:6:7:8", 0x0000_0002_0003_0004, 0x0005_0006_0007_0008),
        ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004, 0x0005_0006_0102_0304),
        ("fe80::5054:ff:fe12:3456", 0xfe80_0000_0000_0000, 0x5054_00ff_fe12_3456),
    ] as [(String, UInt64, UInt64)])
    func v6(text: String, high: UInt64, low: UInt64) {
        #expect(parse(text) == .v6(IPv6Address(high: high, low: low)))
    }

    @Test("No addresses", arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.1000", "01.2.3.4", "1.2.3.00",
        "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "0x1.2.3.4", ":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", "1:", ":1", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3",
        "1.2.3.4::", "::1%eth0", "1:2:3:4:5:6:7:", "fe80::1::",
    ])
    func noAddresses(text: String) { #expect(parse(text) == nil) }

    @Test("Names and their texts", arguments: ["a", "www.example.com", "_sip._udp.example", "1.2.3.4", "xn--a-b"])
    func names(text: String) throws {
        let name = domain(text)
        #expect(written { name.emit(into: &$0) } == NameServerMessage.wire(text))
        #expect(written { name.emitText(into: &$0) } == Array(text.utf8))
        #expect(name.textLength == text.utf8.count && name.isHostName)
        #expect(name.labelCount == text.split(separator: ".").count)
        #expect(name == domain(text.uppercased()) && name == domain(text + "."))
        #expect(name.isIdentical(to: domain(text)) && name != domain(text + "a"))
        let key = SipKey(low: 1, high: 2)
        #expect(name.hash(key: key) == domain(text.uppercased()).hash(key: key))
        #expect(name.hash(key: key) != domain("x" + text).hash(key: key))
        #expect(name.isIn(name) && name.isIn(DomainName()) && domain("b." + text).isIn(name))
        #expect(!domain("b" + text).isIn(name) && !name.isIn(domain("b." + text)))
        #expect(try #require(name.appending(domain("x.y"))) == domain(text + ".x.y"))
        for bits in [0, UInt64.max, 0x1234_5678_9abc_def0] { #expect(name.mixed(by: bits) == name) }
    }

    @Test("The longest names")
    func longest() throws {
        let label = String(repeating: "a", count: 63)
        let text = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        let name = domain(text)
        #expect(name.count == 255 && name.textLength == 253)
        #expect(DomainName(text: unsafe Array((text + "b").utf8).span.bytes) == nil)
        #expect(name.appending(domain("a")) == nil && name.appending(DomainName()) == name)
        #expect(DomainName().labelCount == 0 && DomainName().isRoot && DomainName().textLength == 1)
        let single = domain(String(repeating: "a.", count: 127))
        #expect(single.labelCount == 127 && single.count == 255)
    }

    private func read(_ bytes: [UInt8], at start: Int) -> (name: DomainName, end: Int)? {
        var offset = start
        return DomainName(parsing: unsafe bytes.span.bytes, at: &offset).map { ($0, offset) }
    }

    @Test("Names in messages, compressed")
    func compressed() throws {
        let message = NameServerMessage.wire("f.isi.arpa") + [3] + Array("foo".utf8) + [0xc0, 0] + [0xc0, 6] + [0]
        #expect(message.count == 12 + 6 + 2 + 1)
        var found = try #require(read(message, at: 0))
        #expect(found.name == domain("f.isi.arpa") && found.end == 12)
        found = try #require(read(message, at: 12))
        #expect(found.name == domain("foo.f.isi.arpa") && found.end == 18)
        found = try #require(read(message, at: 18))
        #expect(found.name == domain("arpa") && found.end == 20)
        found = try #require(read(message, at: 20))
        #expect(found.name.isRoot && found.end == 21)
        // To itself, forward, behind the end, of kinds that are none, cut.
        for (bytes, start) in [
            ([0xc0, 0], 0), ([1, 0x61, 0xc0, 0], 0), ([1, 0x61, 0xc0, 2], 0), ([0xc0, 2, 0], 0), ([0, 0xc0, 9], 1),
            ([0x40, 0], 0), ([0x80, 0], 0), ([0, 0xc0], 1), ([2, 0x61], 0), ([1, 0x61], 0), ([], 0), ([0], 5), ([0], -1),
            ([0xc0, 2, 0xc0, 0], 2),
        ] as [([UInt8], Int)] { #expect(read(bytes, at: start) == nil) }
    }

    @Test("A long row of pointers is no name")
    func pointers() throws {
        var message: [UInt8] = [0]
        for i in 0..<200 { message += [0xc0 | UInt8(max(0, i * 2 - 1) >> 8), UInt8(truncatingIfNeeded: max(0, i * 2 - 1))] }
        #expect(read(message, at: 1 + 2 * 126) != nil)
        #expect(read(message, at: 1 + 2 * 199) == nil)
    }

    @Test("The file of hosts")
    func hosts() {
        let text = """
            127.0.0.1 localhost
            # 1.1.1.1 www.example.com
            10.0.0.5\twww.example.com www # 9.9.9.9 www
            no-address www
            ::1 localhost ip6-localhost
            10.0.0.6 other
              10.0.0.7 WWW.Example.com. b@d c
            fec0::5 www
            10.0.0.8
            10.0.0.9 last
            """
        func find(_ name: String, _ families: DNSFamilies = .all) -> ([IPAddress], DomainName?) {
            var addresses = DNSAddresses()
            let bytes = Array(text.utf8)
            let name = HostsFile(unsafe bytes.span.bytes).find(domain(name), families, into: &addresses)
            return ((0..<addresses.count).map { addresses[$0] }, name)
        }
        #expect(find("www.EXAMPLE.com").0 == [address("10.0.0.5"), address("10.0.0.7")])
        #expect(find("www").0 == [address("10.0.0.5"), address("fec0::5")] && find("www").1 == domain("www.example.com"))
        #expect(find("www", .v6).0 == [address("fec0::5")] && find("www", .v6).1 == domain("www"))
        #expect(find("localhost", .v4).0 == [address("127.0.0.1")] && find("localhost").0.count == 2)
        #expect(find("c").0 == [address("10.0.0.7")] && find("last").0 == [address("10.0.0.9")])
        #expect(find("none").0.isEmpty && find("none").1 == nil && find("9.9.9.9").0.isEmpty)
    }

    @Test("resolv.conf")
    func resolverFile() {
        let text = """
            ; comment
            nameserver 10.0.2.3
            nameserver\tfec0::3 # here
            nameserver bad
            nameservers 1.1.1.1
            domain old.example
            search a.example b.example. no_t-bad- c.example
            options ndots:3 timeout:2 attempts:4 rotate ndots:x
            nameserver 1.1.1.1
            nameserver 2.2.2.2
            nameserver 3.3.3.3
            """
        let bytes = Array(text.utf8)
        var read = ResolverConfiguration()
        read.read(unsafe bytes.span.bytes)
        #expect((0..<read.servers.count).map { read.servers[$0].address }
            == ["10.0.2.3", "fec0::3", "1.1.1.1", "2.2.2.2"].map(address))
        #expect((0..<read.searchDomains.count).map { read.searchDomains[$0] }
            == ["a.example", "b.example", "c.example"].map(domain))
        #expect(read.dots == 3 && read.timeout == .seconds(2) && read.rounds == 4)
        #expect((0..<read.servers.count).allSatisfy { read.servers[$0].link == 0 })
        for (options, dots, timeout, rounds) in [
            ("ndots:99 timeout:0 attempts:0", 15, 1, 1), ("ndots: timeout:999 attempts:99999", 1, 30, 2),
        ] {
            let bytes = Array("options \(options)".utf8)
            var read = ResolverConfiguration()
            read.read(unsafe bytes.span.bytes)
            #expect(read.dots == dots && read.timeout == .seconds(UInt64(timeout)) && read.rounds == rounds)
        }
    }

    @Test("resolv.conf names the link of a server's address")
    func serversOfLinks() {
        let text = """
            nameserver fe80::1%eth1
            nameserver fe80::2%7
            nameserver fe80::3%nothing
            nameserver fe80::4%
            nameserver 10.0.2.3%eth1
            nameserver fe80::5
            """
        let bytes = Array(text.utf8)
        var read = ResolverConfiguration()
        read.read(unsafe bytes.span.bytes) { zone in
            if zone.byteCount == 4, zone.holds("eth1", at: 0) { return 3 }
            return zone.byteCount == 1 && zone.holds("7", at: 0) ? 7 : nil
        }
        #expect((0..<read.servers.count).map { read.servers[$0] } == [
            NameServer(address("fe80::1"), Port(53), link: 3), NameServer(address("fe80::2"), Port(53), link: 7),
            NameServer(address("fe80::5"), Port(53)),
        ])
        var plain = ResolverConfiguration()
        plain.read(unsafe bytes.span.bytes)
        #expect((0..<plain.servers.count).map { plain.servers[$0].address } == [address("fe80::5")])
    }

    @Test("The cache keeps what was used last, and is no larger than its memory")
    func cache() throws {
        let bench = try DNSBench("n0.example", entries: 8)
        bench.start()
        bench.answer(time: 100_000)
        for i in 1..<100 {
            bench.pass(seconds: 1)
            try bench.look(for: "n\(i).example")
            bench.answer(time: 100_000)
            // It is used again and again.
            bench.pass(seconds: 1)
            try bench.look(for: "n0.example")
            #expect(bench.isFinished)
        }
        var kept = 0
        for i in 0..<100 {
            try bench.look(for: "n\(i).example")
            if bench.isFinished { kept += 1 }
        }
        #expect(kept >= 5 && kept <= 8)
        bench.cache.removeAll()
        try bench.look(for: "n0.example")
        #expect(!bench.isFinished)
        // Without memory there is none.
        let other = try DNSBench("n0.example", entries: 0)
        other.start()
        other.answer()
        try other.look(for: "n0.example")
        #expect(!other.isFinished)
    }
}
