import KernelNetwork
import KernelWire
import NetworkSimulation
import Testing

/// RFC 2131, section 4.4 and figure 5, event by event at simulated times.
@Suite("Network: the DHCP client")
struct DHCPClientTests {
    @Test("INIT, SELECTING, REQUESTING, the check, BOUND (4.4.1)")
    func acquisition() throws {
        let bench = DHCPBench {
            let name: [UInt8] = Array("guest.example".utf8)
            $0.hostName = DomainName(text: unsafe name.span.bytes)!
        }
        try bench.start()
        let discover = try bench.next().message
        #expect(bench.state == .selecting && bench.seconds == 0)
        #expect(discover.type == 1 && discover.isBroadcast && discover.effect.source == .unspecified)
        #expect(discover.clientAddress == 0 && discover.flags == 0 && discover.seconds == 0)
        #expect(discover.options[50] == nil && discover.options[54] == nil)
        #expect(discover.options[61] == [1, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56])
        #expect(discover.options[57] == [0x05, 0xdc] && discover.options[12] == Array("guest.example".utf8))
        let wanted = try #require(discover.options[55])
        #expect(Set([1, 3, 6, 15, 26, 121]).isSubset(of: wanted))
        #expect(wanted.firstIndex(of: 121)! < wanted.firstIndex(of: 3)!)

        try bench.receive(bench.reply(2, to: discover))
        let request = try bench.next().message
        #expect(bench.state == .requesting && bench.seconds == 0)
        #expect(request.type == 3 && request.isBroadcast && request.clientAddress == 0)
        #expect(request.transaction == discover.transaction && request.seconds == discover.seconds)
        #expect(request.options[50] == [10, 0, 2, 15] && request.options[54] == [10, 0, 2, 2])

        try bench.receive(bench.reply(5, to: request))
        #expect(bench.state == .checking && bench.probes == 1 && bench.configurations == 0)
        try bench.pass(seconds: 0.5)
        #expect(bench.probes == 2 && bench.configurations == 1 && bench.state == .bound)
        let lease = try #require(bench.lease)
        #expect(lease.address == DHCPBench.address && lease.server == DHCPBench.server && lease.prefixLength == 24)
        #expect(bench.counters.sent == 2 && bench.counters.unexpected == 0)
    }

    @Test("Without probes the address is in use at once, and a broadcast flag can be asked for")
    func settings() throws {
        let bench = DHCPBench {
            $0.probes = 0
            $0.asksForBroadcast = true
        }
        try bench.start()
        let discover = try bench.next().message
        #expect(discover.flags == 0x8000)
        try bench.receive(bench.reply(2, to: discover))
        try bench.receive(bench.reply(5, to: bench.next().message))
        #expect(bench.state == .bound && bench.configurations == 1 && bench.seconds == 0)
        // Not with an address (4.1).
        #expect(try bench.next().message.flags == 0)
    }

    @Test("It waits one to ten seconds at the start where it is told to (4.4.1)")
    func start() throws {
        var waits: [Double] = []
        for seed in 0..<100 as Range<UInt64> {
            let bench = DHCPBench(seed: seed) { $0.waitsAtStart = true }
            try bench.start()
            #expect(bench.state == .initializing)
            waits.append(try bench.next().time)
        }
        #expect(waits.allSatisfy { $0 >= 1 && $0 <= 10 })
        #expect(waits.min()! < 2 && waits.max()! > 9)
    }

    @Test("A discovery is sent again after 4, 8, 16, 32, 64, 64 seconds, more or less one (4.1)")
    func backoff() throws {
        var first: [Double] = []
        for seed in 0..<50 as Range<UInt64> {
            let bench = DHCPBench(seed: seed)
            try bench.start()
            var (message, time) = try bench.next()
            let transaction = message.transaction
            for (index, expected) in [4.0, 8, 16, 32, 64, 64, 64].enumerated() {
                let last = time
                (message, time) = try bench.next()
                #expect(abs(time - last - expected) <= 1, "seed \(seed)")
                if index == 0 { first.append(time - last) }
                #expect(message.type == 1 && message.transaction == transaction)
                #expect(message.seconds == UInt32(time))
            }
        }
        #expect(first.min()! < 3.2 && first.max()! > 4.8)
    }

    @Test("A request is sent four times in a minute, and then it begins anew (3.1, 5)")
    func requestTimeout() throws {
        let bench = DHCPBench()
        try bench.start()
        try bench.pass(seconds: 8)
        bench.forgetSent()
        let discover = try bench.next().message
        try bench.receive(bench.reply(2, to: discover))
        var times: [Double] = []
        for _ in 0..<4 {
            let (request, time) = try bench.next()
            times.append(time)
            #expect(request.type == 3 && request.transaction == discover.transaction)
            #expect(request.seconds == discover.seconds)
        }
        let (again, time) = try bench.next()
        for (gap, expected) in zip(zip(times + [time], (times + [time]).dropFirst()).map { $1 - $0 }, [4.0, 8, 16, 32]) {
            #expect(abs(gap - expected) <= 1)
        }
        #expect(again.type == 1 && again.transaction != discover.transaction && again.seconds == 0)
        // What was offered then counts no more.
        try bench.receive(bench.reply(5, to: discover))
        #expect(bench.state == .selecting && bench.counters.foreign == 1)
    }

    @Test("T1 is half of the lease, T2 seven eighths, both a little earlier at random (4.4.5)")
    func renewalTimes() throws {
        var (first, second): ([Double], [Double]) = ([], [])
        for seed in 0..<50 as Range<UInt64> {
            let bench = DHCPBench(seed: seed)
            try bench.bind(lease: 8000)
            let (renewal, time) = try bench.next()
            #expect(bench.state == .renewing && time >= 4000 - 4000 / 32 - 1 && time <= 4000)
            #expect(renewal.type == 3 && renewal.effect.destination == DHCPBench.server)
            #expect(renewal.effect.source == DHCPBench.address && renewal.clientAddress == DHCPBench.address.bits)
            #expect(renewal.options[50] == nil && renewal.options[54] == nil)
            first.append(time)
            var message = renewal
            var at = time
            while message.effect.destination == DHCPBench.server { (message, at) = try bench.next() }
            #expect(bench.state == .rebinding)
            #expect(at >= 7000 - 3000 / 32 - 1 && at <= 7000)
            #expect(message.isBroadcast && message.clientAddress == DHCPBench.address.bits)
            #expect(message.effect.source == DHCPBench.address)
            #expect(message.options[50] == nil && message.options[54] == nil)
            second.append(at)
        }
        #expect(first.max()! - first.min()! > 60 && second.max()! - second.min()! > 45)
    }

    @Test("Renewals are repeated after half of the time that is left, a minute at least; then the lease ends")
    func expiry() throws {
        let bench = DHCPBench()
        try bench.bind(lease: 8000)
        var (message, time) = try bench.next()
        let lease = try #require(bench.lease)
        let end = Double(lease.expiry.nanoseconds) / 1e9 - 1000
        let second = Double(lease.rebinding.nanoseconds) / 1e9 - 1000
        #expect(abs(end - 8000) < 0.001)
        var counts = (0, 0)
        while true {
            let limit = bench.state == .renewing ? second : end
            let last = time
            (message, time) = try bench.next()
            if message.type == 1 { break }
            let expected = min(last + max((limit - last) / 2, 60), limit)
            #expect(abs(time - expected) < 0.001)
            #expect(message.seconds == UInt32(time - (time >= second ? second : bench.firstRenewal(lease))))
            if message.isBroadcast { counts.1 += 1 } else { counts.0 += 1 }
            #expect(bench.withdrawals.isEmpty)
        }
        // 4000 s halved to a minute, and 1000 s.
        #expect(counts.0 >= 5 && counts.1 >= 4)
        #expect(abs(time - end) < 0.001 && bench.withdrawals == [DHCPBench.address])
        #expect(!bench.isConfigured && bench.lease == nil && bench.counters.expiries == 1)
        #expect(bench.state == .selecting)
    }

    @Test("The server's own T1 and T2, if they can be", arguments: [
        (1000, 2000, 1000, 2000), (0, 2000, 1800, 3150), (2000, 1000, 1800, 3150), (1000, 3600, 1800, 3150),
        (nil, 2000, 1800, 2000), (100, nil, 100, 3150), (nil, 1700, 1800, 3150), (3500, nil, 1800, 3150),
    ] as [(UInt32?, UInt32?, Double, Double)])
    func serverTimes(first: UInt32?, second: UInt32?, renewal: Double, rebinding: Double) throws {
        let bench = DHCPBench()
        var options: [(UInt8, [UInt8])] = []
        if let first { options.append((58, ServerMessage.bytes(UInt64(first), 4))) }
        if let second { options.append((59, ServerMessage.bytes(UInt64(second), 4))) }
        try bench.bind(lease: 3600, options)
        let lease = try #require(bench.lease)
        let (t1, t2) = (
            Double(lease.renewal.nanoseconds) / 1e9 - 1000, Double(lease.rebinding.nanoseconds) / 1e9 - 1000
        )
        #expect(t1 <= renewal && t1 >= renewal * 31 / 32 - 0.01)
        #expect(t2 <= rebinding && t2 >= rebinding - (rebinding - renewal) / 32 - 0.01)
    }

    @Test("A renewal makes a new lease, counted from when it was asked for")
    func renewal() throws {
        let bench = DHCPBench()
        try bench.bind(lease: 3600)
        let (message, asked) = try bench.next()
        let transaction = message.transaction
        try bench.pass(seconds: 3)
        try bench.receive(bench.reply(5, to: message, lease: 7200, [(6, [1, 1, 1, 1])]))
        #expect(bench.state == .bound && bench.configurations == 2 && bench.withdrawals.isEmpty)
        #expect(bench.probes == 2)
        let lease = try #require(bench.lease)
        #expect(abs(Double(lease.expiry.nanoseconds) / 1e9 - 1000 - asked - 7200) < 0.001)
        #expect(lease.configuration.nameServers.count == 1)
        // The next one is an exchange of its own.
        #expect(try bench.next().message.transaction != transaction)
    }

    @Test("Renewing, only the lease's server counts; rebinding, any does, and is the lease's from then on")
    func serverIdentifiers() throws {
        let other = IPv4Address(10, 0, 2, 99)
        let bench = DHCPBench()
        try bench.bind(lease: 3600)
        var message = try bench.next().message
        try bench.receive(bench.reply(5, to: message, server: other))
        try bench.receive(bench.reply(6, to: message, lease: nil, server: other))
        try bench.receive(bench.reply(5, to: message, server: nil))
        #expect(bench.state == .renewing && bench.counters.unexpected == 3)
        while bench.state == .renewing { message = try bench.next().message }
        try bench.receive(bench.reply(5, to: message, server: other))
        #expect(bench.state == .bound && bench.lease?.server == other)
        #expect(try bench.next().message.effect.destination == other)
    }

    @Test("A lease for ever is not renewed (3.3)")
    func forever() throws {
        let bench = DHCPBench()
        try bench.bind(lease: .max, [(58, [0, 0, 0, 10]), (59, [0, 0, 0, 20])])
        #expect(bench.deadline == nil && bench.lease?.expiry == .never)
        try bench.pass(seconds: 1e9)
        #expect(bench.sent.isEmpty && bench.isConfigured)
    }

    @Test("A refusal while requesting, renewing and rebinding leads to INIT, without the address")
    func refusals() throws {
        // Requesting.
        var bench = DHCPBench()
        try bench.start()
        let discover = try bench.next().message
        try bench.receive(bench.reply(2, to: discover))
        let request = try bench.next().message
        try bench.receive(bench.reply(6, to: request, lease: nil, server: IPv4Address(10, 0, 2, 3)))
        #expect(bench.state == .requesting)
        try bench.receive(bench.reply(6, to: request, lease: nil, address: .unspecified))
        #expect(bench.state == .selecting && bench.withdrawals.isEmpty)
        #expect(try bench.next().message.type == 1)
        // Renewing, rebinding.
        for isRebinding in [false, true] {
            bench = DHCPBench()
            try bench.bind()
            var message = try bench.next().message
            while isRebinding, bench.state == .renewing { message = try bench.next().message }
            try bench.receive(bench.reply(6, to: message, lease: nil, address: .unspecified))
            #expect(bench.state == .selecting && bench.withdrawals == [DHCPBench.address])
            #expect(bench.lease == nil && bench.counters.refusals == 1)
        }
    }

    @Test("A server that offers and refuses for ever is asked ever less often")
    func refusalStorm() throws {
        let bench = DHCPBench()
        try bench.start()
        while bench.seconds < 1000 {
            let message = try bench.next().message
            if message.type == 1 { try bench.receive(bench.reply(2, to: message)) }
            if message.type == 3 { try bench.receive(bench.reply(6, to: message, lease: nil)) }
        }
        #expect(bench.counters.refusals > 15 && bench.counters.refusals < 25)
        // The first time it asks again at once, and after a lease again.
        try bench.bind()
        try bench.receive(bench.reply(6, to: bench.next().message, lease: nil))
        #expect(bench.state == .selecting)
    }

    @Test("A conflict while it is checked: DECLINE, and ten seconds' wait (3.1, 5)")
    func decline() throws {
        let bench = DHCPBench()
        try bench.start()
        try bench.receive(bench.reply(2, to: bench.next().message))
        let request = try bench.next().message
        try bench.receive(bench.reply(5, to: request))
        try bench.pass(seconds: 0.05)
        try bench.conflict()
        let (message, time) = try bench.next()
        #expect(message.type == 4 && message.isBroadcast && message.effect.source == .unspecified)
        #expect(message.clientAddress == 0 && message.seconds == 0)
        #expect(message.options[50] == [10, 0, 2, 15] && message.options[54] == [10, 0, 2, 2])
        #expect(message.options[55] == nil && message.options[57] == nil)
        #expect(bench.state == .initializing && bench.lease == nil)
        let (discover, again) = try bench.next()
        #expect(discover.type == 1 && again - time >= 10 && again - time < 11)
        #expect(bench.configurations == 0 && bench.withdrawals.isEmpty && bench.counters.conflicts == 1)
    }

    @Test("A conflict in use is defended once, and given in to when another follows (RFC 5227, 2.4)")
    func defence() throws {
        let bench = DHCPBench()
        try bench.bind()
        try bench.conflict()
        #expect(bench.defences == 1 && bench.isConfigured)
        try bench.pass(seconds: 11)
        try bench.conflict()
        #expect(bench.defences == 2 && bench.isConfigured)
        try bench.pass(seconds: 9)
        try bench.conflict()
        #expect(bench.defences == 2 && !bench.isConfigured && bench.withdrawals == [DHCPBench.address])
        #expect(try bench.next().message.type == 4)
        #expect(bench.state == .initializing)
    }

    /// A lease that was got and forgotten by its client.
    private func formerLease(_ time: UInt32 = 3600) throws -> (DHCPLease, Instant) {
        let bench = DHCPBench()
        try bench.bind(lease: time)
        return (try #require(bench.lease), bench.now)
    }

    @Test("INIT-REBOOT with a lease that is not over (4.4.2)")
    func reboot() throws {
        let (lease, _) = try formerLease()
        let bench = DHCPBench(seed: 2, previous: lease)
        try bench.pass(seconds: 100)
        try bench.start()
        let message = try bench.next().message
        #expect(bench.state == .rebooting && message.type == 3 && message.isBroadcast)
        #expect(message.options[50] == [10, 0, 2, 15] && message.options[54] == nil && message.clientAddress == 0)
        #expect(message.effect.source == .unspecified)
        // Another address is not what was asked for.
        try bench.receive(bench.reply(5, to: message, address: IPv4Address(10, 0, 2, 16)))
        #expect(bench.state == .rebooting)
        // Any server may answer.
        try bench.receive(bench.reply(5, to: message, server: IPv4Address(10, 0, 2, 3)))
        #expect(bench.state == .checking)
        try bench.pass(seconds: 1)
        #expect(bench.state == .bound && bench.lease?.server == IPv4Address(10, 0, 2, 3))
        #expect(abs(Double(bench.lease!.expiry.nanoseconds) / 1e9 - 1000 - 3700) < 0.001)
    }

    @Test("INIT-REBOOT refused; and not answered, where the rest of the lease is used (3.2)")
    func rebootFails() throws {
        let (lease, _) = try formerLease()
        var bench = DHCPBench(seed: 3, previous: lease)
        try bench.start()
        try bench.receive(bench.reply(6, to: bench.next().message, lease: nil))
        #expect(bench.state == .selecting && bench.lease == nil)

        bench = DHCPBench(seed: 3, previous: lease)
        try bench.start()
        try bench.pass(seconds: 70)
        #expect(bench.sent.count == 4 && bench.state == .bound && bench.configurations == 1)
        #expect(bench.lease?.expiry == lease.expiry && bench.lease?.renewal == lease.renewal)

        // It ends meanwhile.
        bench = DHCPBench(seed: 3, previous: try formerLease(30).0)
        try bench.start()
        try bench.pass(seconds: 31)
        #expect(bench.state == .selecting && bench.configurations == 0 && bench.withdrawals.isEmpty)

        // It has ended before.
        bench = DHCPBench(seed: 3, previous: lease)
        try bench.pass(seconds: 3601)
        try bench.start()
        #expect(try bench.next().message.type == 1 && bench.lease == nil)
    }

    @Test("After the link was down the address is asked for again, and stays in use")
    func linkDown() throws {
        let bench = DHCPBench()
        try bench.bind()
        bench.client.stop()
        try bench.pass(seconds: 60)
        #expect(bench.isConfigured && bench.sent.isEmpty)
        try bench.start()
        let message = try bench.next().message
        #expect(bench.state == .rebooting && message.options[50] == [10, 0, 2, 15])
        try bench.receive(bench.reply(5, to: message))
        // It needs no check.
        #expect(bench.state == .bound && bench.withdrawals.isEmpty && bench.probes == 2)
        bench.client.stop()
        try bench.start()
        try bench.receive(bench.reply(6, to: bench.next().message, lease: nil))
        #expect(bench.withdrawals == [DHCPBench.address])
    }

    @Test("RELEASE (4.4.6)")
    func release() throws {
        let bench = DHCPBench()
        try bench.bind()
        try bench.release()
        let message = try bench.next().message
        #expect(message.type == 7 && message.effect.destination == DHCPBench.server)
        #expect(message.effect.source == DHCPBench.address && message.clientAddress == DHCPBench.address.bits)
        #expect(message.options[54] == [10, 0, 2, 2] && message.options[50] == nil && message.options[55] == nil)
        #expect(bench.withdrawals == [DHCPBench.address] && bench.state == .idle)
        #expect(bench.deadline == nil && bench.lease == nil)
        try bench.release()
        #expect(bench.sent.isEmpty)
    }

    @Test("INFORM (4.4.3)")
    func inform() throws {
        let bench = DHCPBench()
        try bench.inform(IPv4Address(192, 168, 0, 7))
        var message = try bench.next().message
        #expect(message.type == 8 && message.clientAddress == 0xc0a8_0007 && message.isBroadcast)
        #expect(message.options[50] == nil && message.options[54] == nil && message.options[55] != nil)
        try bench.receive(bench.reply(5, to: message, lease: nil, address: .unspecified, [(6, [9, 9, 9, 9])]))
        #expect(bench.state == .informed && bench.informs == 1 && bench.deadline == nil)
        #expect(bench.information?.nameServers.count == 1 && !bench.isConfigured)
        // A minute without an answer.
        try bench.inform(IPv4Address(192, 168, 0, 7))
        for _ in 0..<4 { message = try bench.next().message }
        try bench.pass(seconds: 40)
        #expect(bench.sent.isEmpty && bench.informs == 2 && bench.information == nil)
    }

    @Test("Messages that are another's, of another exchange or another server's, or that lie")
    func strangers() throws {
        let bench = DHCPBench()
        try bench.start()
        let discover = try bench.next().message
        var reply = bench.reply(2, to: discover)
        reply.transaction ^= 1
        try bench.receive(reply)
        reply = bench.reply(2, to: discover)
        reply.station ^= 1
        try bench.receive(reply)
        try bench.receive(bench.reply(2, to: discover, [(61, [1, 0x52, 0x54, 0, 0x12, 0x34, 0x57])]))
        #expect(bench.counters.foreign == 3)
        for address in [
            IPv4Address.unspecified, .broadcast, IPv4Address(127, 0, 0, 1), IPv4Address(224, 0, 0, 1),
            IPv4Address(10, 0, 2, 0), IPv4Address(10, 0, 2, 255), DHCPBench.server, IPv4Address(240, 1, 1, 1),
        ] { try bench.receive(bench.reply(2, to: discover, address: address)) }
        try bench.receive(bench.reply(2, to: discover, server: nil))
        try bench.receive(bench.reply(2, to: discover, lease: nil))
        try bench.receive(bench.reply(2, to: discover, lease: 0))
        // What was not asked for.
        try bench.receive(bench.reply(5, to: discover))
        try bench.receive(bench.reply(6, to: discover, lease: nil))
        #expect(bench.counters.unexpected == 13 && bench.state == .selecting && bench.sent.isEmpty)

        try bench.receive(bench.reply(2, to: discover, [(61, [1, 0x52, 0x54, 0, 0x12, 0x34, 0x56])]))
        let request = try bench.next().message
        try bench.receive(bench.reply(5, to: request, address: IPv4Address(10, 0, 2, 16)))
        try bench.receive(bench.reply(5, to: request, server: IPv4Address(10, 0, 2, 3)))
        try bench.receive(bench.reply(5, to: request, lease: nil))
        try bench.receive(bench.reply(2, to: request, address: IPv4Address(10, 0, 2, 16)))
        #expect(bench.state == .requesting && bench.counters.unexpected == 17)
        #expect(bench.counters.malformed == 0)
    }

    @Test("What has come later than its lease lasts is no lease")
    func tooLate() throws {
        let bench = DHCPBench()
        try bench.start()
        try bench.receive(bench.reply(2, to: bench.next().message))
        let request = try bench.next().message
        try bench.pass(seconds: 2)
        try bench.receive(bench.reply(5, to: request, lease: 1))
        #expect(bench.state == .requesting)
    }
}

extension DHCPBench {
    /// T1 in the bench's seconds.
    func firstRenewal(_ lease: DHCPLease) -> Double { Double(lease.renewal.nanoseconds) / 1e9 - 1000 }
}
