import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: DNS lookups")
struct DNSLookupTests {
    @Test("A question as it is on the wire, and its answer")
    func plain() throws {
        let bench = try DNSBench("www.example.com")
        bench.start()
        let request = bench.last
        #expect(request.transport == .udp && request.server == NameServer(address("10.0.2.3"), Port(53)))
        #expect(request.port.number >= 1024 && request.content.type == .a)
        let bytes = try #require(written { request.emit(into: &$0) })
        #expect(Array(bytes[2..<12]) == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        #expect(bytes[12..<29].map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
            == [3] + Array("www".utf8) + [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0])
        #expect(Array(bytes[29...]) == [0, 1, 0, 1])
        bench.answer()
        #expect(bench.isFinished && bench.finishes == 1 && bench.v4 == [address("192.0.2.1")])
        #expect(bench.failure == nil && bench.deadline == nil && bench.canonicalName == domain("www.example.com"))
        // What comes later is for nobody.
        bench.answer("192.0.2.9")
        #expect(bench.v4 == [address("192.0.2.1")] && bench.finishes == 1 && bench.counters.foreign == 1)
    }

    @Test("Identifiers, ports and letters are different each time, and of the whole range")
    func numbers() throws {
        var (identifiers, ports, names) = (Set<UInt16>(), Set<UInt16>(), Set<[UInt8]>())
        for seed in 0..<2000 as Range<UInt64> {
            let bench = try DNSBench("www.example.com", seed: seed)
            bench.start()
            identifiers.insert(bench.last.identifier)
            ports.insert(bench.last.port.number)
            names.insert(NameServerMessage(to: bench.last).question)
        }
        // Of 2,000 draws from 65,536 about 1,970 are different.
        #expect(identifiers.count > 1900 && ports.count > 1900)
        #expect(identifiers.max()! > 65_000 && identifiers.min()! < 500)
        #expect(ports.max()! > 65_000 && ports.min()! < 1600)
        // 13 letters.
        #expect(names.count > 1500)
    }

    @Test("Both families are asked at once, each with numbers of its own")
    func bothFamilies() throws {
        let bench = try DNSBench("example.com", .all)
        bench.start()
        #expect(bench.requests.count == 2)
        let (first, second) = (bench.requests[0], bench.requests[1])
        #expect(first.content.type == .a && second.content.type == .aaaa)
        #expect(first.identifier != second.identifier && first.port != second.port)
        bench.answer("2001:db8::1")
        #expect(!bench.isFinished)
        var message = NameServerMessage(to: first)
        message.add(a: [192, 0, 2, 1])
        message.add(a: [192, 0, 2, 2])
        bench.receive(message, first)
        #expect(bench.isFinished && bench.v4.count == 2 && bench.v6 == [address("2001:db8::1")])
    }

    @Test("Who has addresses of one family waits for the other for a second")
    func oneFamilyIsSilent() throws {
        let bench = try DNSBench("example.com", .all)
        bench.start()
        bench.answer("2001:db8::1")
        bench.pass(seconds: 0.9)
        #expect(!bench.isFinished)
        bench.pass(seconds: 0.2)
        #expect(bench.isFinished && bench.v4.isEmpty && bench.v6.count == 1 && bench.failure == nil)
        #expect(bench.requests.count == 2)
    }

    @Test("One family that has none")
    func oneFamilyIsEmpty() throws {
        let bench = try DNSBench("example.com", .all)
        bench.start()
        bench.receive(NameServerMessage(to: bench.requests[0]), bench.requests[0])
        bench.answer("2001:db8::1")
        #expect(bench.isFinished && bench.v4.isEmpty && bench.v6.count == 1 && bench.failure == nil)
    }

    @Test("Answers of others, by another way, with another number or to another question do not count")
    func strangers() throws {
        let bench = try DNSBench("example.com", servers: ["10.0.2.3"])
        bench.start()
        var message = NameServerMessage(to: bench.last)
        message.add(a: [6, 6, 6, 6])
        bench.receive(message, from: Endpoint(address("10.0.2.9"), Port(53)))
        bench.receive(message, from: Endpoint(address("10.0.2.3"), Port(54)))
        bench.receive(message, by: .tcp)
        var other = message
        other.identifier ^= 1
        bench.receive(other)
        other = message
        other.type = 28
        bench.receive(other)
        other = message
        other.question = NameServerMessage.wire("example.org")
        bench.receive(other)
        #expect(bench.counters.foreign == 6)
        // A query, another operation, two questions, none.
        for flags: UInt16 in [0x0180, 0x8980] {
            other = message
            other.flags = flags
            bench.receive(other)
        }
        var bytes = message.bytes
        bytes[5] = 2
        bench.receive(bytes)
        bytes[5] = 0
        bench.receive(bytes)
        #expect(bench.counters.malformed == 4 && !bench.isFinished && bench.requests.count == 1)
        bench.receive(message)
        #expect(bench.isFinished)
    }

    @Test("Other letters than those that were sent: the server is asked by TCP, where they do not matter")
    func letters() throws {
        let bench = try DNSBench("a-long-name-with-letters.example.com")
        bench.start()
        let first = bench.last
        var message = NameServerMessage(to: first)
        message.add(a: [6, 6, 6, 6])
        message.question = NameServerMessage.wire("a-long-name-with-letters.example.com")
        bench.receive(message)
        #expect(bench.counters.otherCase == 1 && !bench.isFinished)
        let second = bench.last
        #expect(second.transport == .tcp && second.server == first.server && second.identifier != first.identifier)
        let bytes = try #require(written { second.emit(into: &$0) })
        #expect(Int(bytes[0]) << 8 | Int(bytes[1]) == bytes.count - 2)
        message = NameServerMessage(to: second)
        message.question = NameServerMessage.wire("a-long-name-with-letters.example.com")
        message.add(a: [192, 0, 2, 1])
        bench.receive(message)
        #expect(bench.v4 == [address("192.0.2.1")])
    }

    @Test("Somebody who guesses makes it ask by TCP")
    func guesses() throws {
        let bench = try DNSBench("example.com")
        bench.start()
        for i in 0..<16 {
            #expect(bench.last.transport == .udp)
            var message = NameServerMessage(to: bench.last)
            message.identifier &+= UInt16(i + 1)
            message.add(a: [6, 6, 6, 6])
            bench.receive(message)
        }
        #expect(bench.last.transport == .tcp && bench.requests.count == 2)
    }

    @Test("A truncated answer is asked for by TCP; by TCP it is none")
    func truncated() throws {
        let bench = try DNSBench("example.com")
        bench.start()
        var message = NameServerMessage(to: bench.last)
        message.flags |= 0x0200
        // In the middle of a record, as it may be.
        bench.receive(Array(message.bytes) + [0xc0, 12, 0, 1])
        #expect(bench.last.transport == .tcp && bench.counters.truncated == 1 && bench.counters.sentByTCP == 1)
        message = NameServerMessage(to: bench.last)
        message.flags |= 0x0200
        bench.receive(message)
        #expect(bench.last.transport == .udp && bench.last.server.address == address("10.0.2.4"))
        bench.answer()
        #expect(bench.isFinished)
    }

    @Test("Servers are asked in turn, waiting twice as long in the second round")
    func timeouts() throws {
        let bench = try DNSBench("example.com") { $0.timeout = .seconds(3) }
        bench.start()
        let start = bench.now
        var servers: [IPAddress] = []
        var times: [Double] = []
        var seen = 0
        while !bench.isFinished {
            while seen < bench.requests.count {
                servers.append(bench.requests[seen].server.address)
                times.append(Double(bench.now.since(start).nanoseconds) / 1e9)
                seen += 1
            }
            bench.pass(seconds: 1)
        }
        #expect(servers == (DNSBench.servers + DNSBench.servers).map(address))
        #expect(times == [0, 3, 6, 9, 15, 21])
        #expect(bench.now.since(start) == .seconds(27) && bench.failure == .noAnswer && bench.counters.timeouts == 6)
    }

    @Test("A server that cannot be reached or refuses is passed over at once")
    func refusals() throws {
        for code: UInt16 in [1, 2, 4, 5, 9] {
            let bench = try DNSBench("example.com")
            bench.start()
            bench.fail()
            #expect(bench.last.server.address == address("10.0.2.4"))
            var message = NameServerMessage(to: bench.last)
            message.flags |= code
            bench.receive(message)
            #expect(bench.last.server.address == address("fec0::3") && bench.counters.refusals == 1)
            bench.answer()
            #expect(bench.isFinished && bench.v4.count == 1)
        }
        let bench = try DNSBench("example.com", servers: [])
        bench.start()
        #expect(bench.isFinished && bench.failure == .noAnswer && bench.requests.isEmpty)
    }

    @Test("A chain of names in one message, in any order")
    func chain() throws {
        let bench = try DNSBench("www.example.com")
        bench.start()
        var message = NameServerMessage(to: bench.last)
        message.add(NameServerMessage.wire("c.example.net"), a: [192, 0, 2, 7], time: 50)
        message.add(NameServerMessage.wire("other.example.net"), a: [6, 6, 6, 6])
        message.add(NameServerMessage.wire("B.example.com"), alias: "c.example.net", time: 70)
        message.add(alias: "b.Example.com", time: 60)
        bench.receive(message)
        #expect(bench.v4 == [address("192.0.2.7")] && bench.canonicalName == domain("c.example.net"))
        // As long as the shortest of them says.
        try bench.look(for: "WWW.example.com")
        #expect(bench.isFinished && bench.counters.cacheHits == 1 && bench.canonicalName == domain("c.example.net"))
        bench.pass(seconds: 50)
        try bench.look(for: "www.example.com")
        #expect(!bench.isFinished)
    }

    @Test("A chain that goes on in other messages")
    func chainOfMessages() throws {
        let bench = try DNSBench("www.example.com")
        bench.start()
        bench.fail()
        var message = NameServerMessage(to: bench.last)
        message.add(alias: "b.example.net", time: 40)
        bench.receive(message)
        #expect(bench.last.content.name == domain("b.example.net") && bench.last.server.address == address("10.0.2.3"))
        bench.answer("192.0.2.5")
        #expect(bench.v4 == [address("192.0.2.5")] && bench.canonicalName == domain("b.example.net"))
        try bench.look(for: "www.example.com")
        #expect(bench.isFinished)
        bench.pass(seconds: 40)
        try bench.look(for: "www.example.com")
        #expect(!bench.isFinished)
    }

    @Test("Chains that do not end", arguments: [true, false])
    func loops(isOneMessage: Bool) throws {
        let bench = try DNSBench("a.example.com")
        bench.start()
        if isOneMessage {
            var message = NameServerMessage(to: bench.last)
            message.add(alias: "b.example.com")
            message.add(NameServerMessage.wire("b.example.com"), alias: "a.example.com")
            bench.receive(message)
        } else {
            for i in 0..<20 where !bench.isFinished {
                var message = NameServerMessage(to: bench.last)
                message.add(alias: "x\(i).example.com")
                bench.receive(message)
            }
            #expect(bench.requests.count == 13)
        }
        #expect(bench.isFinished && bench.failure == .noAnswer && bench.counters.endlessChains == 1)
    }

    @Test("Servers that lead on and lie come to an end")
    func leadingOn() throws {
        let bench = try DNSBench("a.example.com")
        bench.start()
        for i in 0..<1000 where !bench.isFinished {
            var message = NameServerMessage(to: bench.last)
            if i % 2 == 0 {
                message.add(alias: "b.example.com")
            } else {
                message.answers.append(NameServerMessage.record(NameServerMessage.same, 1, 5, [1, 2, 3]))
            }
            bench.receive(message)
        }
        #expect(bench.isFinished && bench.requests.count < 100)
    }

    @Test("There is no such name, or no such address; for how long that is believed (RFC 2308)")
    func negative() throws {
        let bench = try DNSBench("no.example.com")
        bench.start()
        bench.deny(zone: "example.com", time: 900, minimum: 600)
        #expect(bench.isFinished && bench.failure == .noName)
        // For other kinds of addresses, too.
        try bench.look(for: "no.example.com", .all)
        #expect(bench.isFinished && bench.failure == .noName && bench.counters.cacheHits == 2)
        bench.pass(seconds: 599)
        try bench.look(for: "no.example.com", .v6)
        #expect(bench.failure == .noName)
        bench.pass(seconds: 2)
        try bench.look(for: "no.example.com", .v6)
        #expect(!bench.isFinished)
        // No address of that kind.
        var message = NameServerMessage(to: bench.last)
        message.add(zone: "com", time: 100, minimum: 600)
        bench.receive(message)
        #expect(bench.failure == .noAddress)
        try bench.look(for: "no.example.com", .v4)
        #expect(!bench.isFinished)
        try bench.look(for: "no.example.com", .v6)
        #expect(bench.failure == .noAddress)
        bench.pass(seconds: 101)
        try bench.look(for: "no.example.com", .v6)
        #expect(!bench.isFinished)
    }

    @Test("What no zone of the name's own says is not remembered, and nothing longer than an hour")
    func negativeLimits() throws {
        for zone in ["example.org", "le.com", nil] as [String?] {
            let bench = try DNSBench("no.example.com")
            bench.start()
            bench.deny(zone: zone)
            #expect(bench.failure == .noName)
            try bench.look(for: "no.example.com")
            #expect(!bench.isFinished)
        }
        let bench = try DNSBench("no.example.com")
        bench.start()
        bench.deny(zone: "example.com", time: 1 << 30, minimum: 1 << 30)
        bench.pass(seconds: 3599)
        try bench.look(for: "no.example.com")
        #expect(bench.isFinished)
        bench.pass(seconds: 2)
        try bench.look(for: "no.example.com")
        #expect(!bench.isFinished)
    }

    @Test("A chain to a name that is not there")
    func brokenChain() throws {
        let bench = try DNSBench("www.example.com", .all)
        bench.start()
        for request in bench.requests {
            var message = NameServerMessage(to: request)
            message.flags |= 3
            message.add(alias: "gone.example.net", time: 30)
            message.add(zone: "example.net", time: 600, minimum: 600)
            bench.receive(message, request)
        }
        #expect(bench.failure == .noName)
        try bench.look(for: "www.example.com", .all)
        #expect(bench.failure == .noName && bench.counters.cacheHits == 2)
        bench.pass(seconds: 31)
        try bench.look(for: "www.example.com")
        #expect(!bench.isFinished)
    }

    @Test("Times to live: none, negative ones, and none longer than a day")
    func times() throws {
        for (time, lasts) in [(0, 0), (1 << 31, 0), (-1, 0), (10, 10), (1 << 30, 86_400)] {
            let bench = try DNSBench("example.com")
            bench.start()
            bench.answer(time: time)
            #expect(bench.isFinished)
            if lasts > 0 {
                bench.pass(seconds: Double(lasts) - 0.5)
                try bench.look(for: "example.com")
                #expect(bench.isFinished && bench.v4.count == 1)
                bench.pass(seconds: 0.5)
            }
            try bench.look(for: "example.com")
            #expect(!bench.isFinished)
        }
    }

    @Test("The search list and the number of dots", arguments: [
        ("host", 1, ["host.a.example", "host.b.example", "host"]),
        ("host.sub", 1, ["host.sub", "host.sub.a.example", "host.sub.b.example"]),
        ("host.sub", 2, ["host.sub.a.example", "host.sub.b.example", "host.sub"]),
        ("host.", 1, ["host"]), ("host", 0, ["host", "host.a.example", "host.b.example"]),
    ])
    func search(name: String, dots: Int, expected: [String]) throws {
        let bench = try DNSBench(name, search: ["a.example", "b.example"]) { $0.dots = dots }
        bench.start()
        for (index, candidate) in expected.enumerated() {
            #expect(bench.last.content.name == domain(candidate) && bench.requests.count == index + 1)
            bench.deny()
        }
        #expect(bench.isFinished && bench.failure == .noName && bench.requests.count == expected.count)
    }

    @Test("The search ends with the first name that has addresses; what was worst is the failure")
    func searchEnds() throws {
        var bench = try DNSBench("host", search: ["a.example", "b.example"])
        bench.start()
        bench.deny()
        bench.answer()
        #expect(bench.isFinished && bench.canonicalName == domain("host.b.example") && bench.v4.count == 1)
        // A name without addresses in between.
        bench = try DNSBench("host", search: ["a.example", "b.example"])
        bench.start()
        bench.receive(NameServerMessage(to: bench.last))
        bench.deny()
        bench.deny()
        #expect(bench.failure == .noAddress)
        // Servers that refuse one of the names.
        bench = try DNSBench("host", servers: ["10.0.2.3"], search: ["a.example"])
        bench.start()
        for _ in 0..<2 {
            var message = NameServerMessage(to: bench.last)
            message.flags |= 2
            bench.receive(message)
        }
        #expect(bench.last.content.name == domain("host"))
        bench.deny()
        #expect(bench.failure == .noAnswer)
        // Servers that are silent are not asked for more.
        bench = try DNSBench("host", servers: ["10.0.2.3"], search: ["a.example"])
        bench.start()
        bench.pass(seconds: 100)
        #expect(bench.failure == .noAnswer && bench.requests.count == 2)
        // Names that get too long are not tried.
        let long = Array(repeating: String(repeating: "a", count: 50), count: 4).joined(separator: ".")
        bench = try DNSBench(long, search: [long]) { $0.dots = 10 }
        bench.start()
        #expect(bench.last.content.name == domain(long))
    }

    @Test("Names that nobody is asked for (RFC 6761)", arguments: [
        ("localhost", true), ("a.LocalHost", true), ("localhost.", true), ("x.invalid", false), ("x.onion", false),
    ])
    func special(name: String, isLocal: Bool) throws {
        let bench = try DNSBench(name, .all)
        bench.start()
        #expect(bench.isFinished && bench.requests.isEmpty && bench.finishes == 1)
        #expect(bench.failure == (isLocal ? nil : .noName))
        #expect(bench.v4 == (isLocal ? [address("127.0.0.1")] : []) && bench.v6 == (isLocal ? [address("::1")] : []))
    }

    @Test("What only looks like one of these is asked for", arguments: ["mylocalhost", "localhost.example", "notinvalid"])
    func notSpecial(name: String) throws {
        let bench = try DNSBench(name)
        bench.start()
        #expect(bench.requests.count == 1)
    }

    @Test("No names", arguments: [
        "", ".", "..", "a..b", ".a", "-a", "a-", "a b", "a/b", "ä", String(repeating: "a", count: 64),
        String(repeating: "a.", count: 127) + "aa",
    ])
    func noNames(name: String) {
        #expect(throws: DNSBench.NoName.self) { try DNSBench(name) }
    }

    @Test("Records that lie make the next server be asked", arguments: [
        NameServerMessage.record(NameServerMessage.same, 1, 5, [1, 2, 3]),
        NameServerMessage.record(NameServerMessage.same, 1, 5, [1, 2, 3, 4, 5]),
        NameServerMessage.record(NameServerMessage.same, 1, 5, []),
        NameServerMessage.record(NameServerMessage.same, 5, 5, [1, 0x61]),
        NameServerMessage.record(NameServerMessage.same, 5, 5, [1, 0x61, 0, 0]),
        NameServerMessage.record(NameServerMessage.same, 5, 5, [0]),
        NameServerMessage.record([0xc0, 200], 1, 5, [1, 2, 3, 4]), NameServerMessage.record([0x41, 0], 1, 5, [1, 2, 3, 4]),
        Array(NameServerMessage.record(NameServerMessage.same, 1, 5, [1, 2, 3, 4]).dropLast()), [0xc0],
    ])
    func lies(record: [UInt8]) throws {
        let bench = try DNSBench("example.com")
        bench.start()
        var message = NameServerMessage(to: bench.last)
        message.answers = [record]
        bench.receive(message)
        #expect(!bench.isFinished && bench.requests.count == 2 && bench.counters.malformed == 1)
        bench.answer()
        #expect(bench.v4 == [address("192.0.2.1")])
    }

    @Test("An address of a name that is said not to be there")
    func contradiction() throws {
        let bench = try DNSBench("example.com")
        bench.start()
        var message = NameServerMessage(to: bench.last)
        message.flags |= 3
        message.add(a: [1, 2, 3, 4])
        bench.receive(message)
        #expect(!bench.isFinished && bench.counters.malformed == 1)
    }

    @Test("More addresses than there is room for, and more records than are read")
    func many() throws {
        let bench = try DNSBench("example.com")
        bench.start()
        var message = NameServerMessage(to: bench.last)
        for i in 0..<40 { message.add(a: [192, 0, 2, UInt8(i)]) }
        bench.receive(message)
        #expect(bench.v4.count == 16 && bench.counters.cut == 1 && bench.v4[15] == address("192.0.2.15"))
        try bench.look(for: "other.example.com")
        message = NameServerMessage(to: bench.last)
        for i in 0..<257 { message.add(a: [192, 0, 2, UInt8(truncatingIfNeeded: i)]) }
        bench.receive(message)
        #expect(!bench.isFinished && bench.counters.malformed == 1)
    }

    @Test("A name that is none of a host's is not told to the program")
    func canonicalNames() throws {
        let bench = try DNSBench("www.example.com")
        bench.start()
        var message = NameServerMessage(to: bench.last)
        message.answers = [
            NameServerMessage.record(NameServerMessage.same, 5, 9, [3, 0x3b, 0x20, 0x2f, 0]),
            NameServerMessage.record([3, 0x3b, 0x20, 0x2f, 0], 1, 9, [192, 0, 2, 1]),
        ]
        bench.receive(message)
        #expect(bench.v4.count == 1 && bench.canonicalName == domain("www.example.com"))
    }
}
