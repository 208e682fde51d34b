@testable import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// LISTEN, SYN-RECEIVED of a passive OPEN, floods and cookies.
@Suite("Network: TCP listener (RFC 9293, 3.10.7.2; RFC 4987; RFC 6528)", .serialized, .inTurn)
struct TCPListenerTests {
    /// A listener with memory for half-open connections.
    final class Server {
        let memory: UnsafeMutableBufferPointer<TCP.HalfOpen>
        var listener: TCP.Listener
        var now = Instant(nanoseconds: 1_000_000_000_000)
        let local = Endpoint(.v4(IPv4Address(bits: 0x0a00_0001)), Port(80))
        var parameters = TCP.Opening(
            initialSequence: SequenceNumber(0), timestampOffset: 0, path: TCP.Path(segmentSize: 1460), receiveCapacity: 65_535)
        static let key = SipKey(low: 1, high: 2)

        init(slots: Int = 64, backlog: Int = 16) {
            memory = UnsafeMutableBufferPointer.allocate(capacity: max(slots, 1))
            memory.initialize(repeating: .empty)
            listener = TCP.Listener(
                slots: SlotStorage(memory.baseAddress!, count: slots), backlog: backlog, key: Self.key,
                initialSequence: TCP.InitialSequence(key: SipKey(low: 3, high: 4)))
        }

        deinit { memory.deallocate() }

        func client(_ number: UInt32 = 1) -> Endpoint {
            Endpoint(.v4(IPv4Address(bits: 0x0a01_0000 + number >> 8)), Port(UInt16(1024 + number & 0xff)))
        }

        func receive(_ segment: TCP.Segment, from client: Endpoint? = nil) -> TCP.Listener.Outcome {
            listener.receive(segment, local: local, remote: client ?? self.client(), parameters: parameters, now: now)
        }

        func answer(_ segment: TCP.Segment, from client: Endpoint? = nil) -> TCP.Segment? {
            if case .answer(let answer) = receive(segment, from: client) { return answer }
            return nil
        }

        func connection(_ segment: TCP.Segment, from client: Endpoint? = nil) -> (TCP.Connection, TCP.Effects)? {
            if case .established(let connection, let effects) = receive(segment, from: client) { return (connection, effects) }
            return nil
        }
    }

    static func syn(_ sequence: UInt32 = 1000, timestamps: UInt32? = nil, scale: UInt8? = 7, selective: Bool = true) -> TCP.Segment {
        var segment = TCP.Segment(sequence: SequenceNumber(sequence), flags: .syn, window: 5000)
        segment.options.maximumSegmentSize = 1400
        segment.options.windowScale = scale
        segment.options.isSelectiveAcknowledgmentPermitted = selective
        segment.options.timestamps = timestamps.map { TCPTimestamps(value: $0, echo: 0) }
        return segment
    }

    static func ack(_ answer: TCP.Segment, count: UInt32 = 0, timestamps: UInt32? = nil) -> TCP.Segment {
        var segment = TCP.Segment(
            sequence: answer.acknowledgment, acknowledgment: answer.sequence + 1, flags: .ack, window: 100, count: count)
        if let timestamps { segment.options.timestamps = TCPTimestamps(value: timestamps, echo: answer.options.timestamps?.value ?? 0) }
        return segment
    }

    // MARK: 3.10.7.2

    @Test("3.10.7.2: RST is ignored, an ACK answered with RST, what is neither dropped")
    func listen() {
        let server = Server()
        #expect(server.answer(TCP.Segment(sequence: SequenceNumber(5), flags: .rst)) == nil)
        #expect(server.answer(TCP.Segment(sequence: SequenceNumber(5), flags: [.rst, .ack, .syn])) == nil)
        let stray = TCP.Segment(sequence: SequenceNumber(5), acknowledgment: SequenceNumber(77), flags: [.ack, .syn])
        #expect(server.answer(stray) == TCP.Segment(sequence: SequenceNumber(77), flags: .rst))
        #expect(server.answer(TCP.Segment(sequence: SequenceNumber(5), flags: .fin, count: 3)) == nil)
        #expect(server.listener.halfOpenCount == 0)
    }

    @Test("3.10.7.2, third: SYN,ACK with what the peer has offered")
    func synAnswer() throws {
        let server = Server()
        let answer = try #require(server.answer(Self.syn(timestamps: 99)))
        #expect(answer.flags == [.syn, .ack] && answer.acknowledgment == SequenceNumber(1001) && answer.window == 65_535)
        #expect(answer.options.maximumSegmentSize == 1460 && answer.options.windowScale == 7)
        #expect(answer.options.isSelectiveAcknowledgmentPermitted && answer.options.timestamps?.echo == 99)
        let bare = try #require(server.answer(TCP.Segment(sequence: SequenceNumber(1), flags: .syn, window: 9), from: server.client(2)))
        #expect(bare.options.windowScale == nil && bare.options.timestamps == nil && !bare.options.isSelectiveAcknowledgmentPermitted)
        #expect(server.listener.halfOpenCount == 2)
    }

    @Test("3.5, figure 6, the other side: the ACK establishes, with its text and FIN")
    func establish() throws {
        let server = Server()
        let answer = try #require(server.answer(Self.syn()))
        server.now += .milliseconds(30)
        var ack = Self.ack(answer, count: 10)
        ack.flags.insert(.fin)
        var (connection, effects) = try #require(server.connection(ack))
        #expect(connection.state == .closeWait && effects.pieces.count == 1 && effects.pieces[0].count == 10)
        #expect(effects.events.isSuperset(of: [.established, .ended]))
        #expect(connection.smoothedRoundTrip == .milliseconds(30))
        #expect(connection.sendWindow == 100 << 7)
        let acknowledged = connection.nextSegment(now: server.now)
        #expect(acknowledged?.segment.acknowledgment == SequenceNumber(1012))
        #expect(server.listener.halfOpenCount == 0 && server.listener.waiting == 1)
        server.listener.accepted()
        #expect(server.listener.waiting == 0)
    }

    @Test("3.10.7.4 in SYN-RECEIVED of a passive OPEN")
    func synReceived() throws {
        let server = Server()
        let answer = try #require(server.answer(Self.syn()))
        // Fifth: an ACK of something else.
        var other = Self.ack(answer)
        other.acknowledgment += 1
        #expect(server.answer(other) == TCP.Segment(sequence: other.acknowledgment, flags: .rst))
        // First: outside of the window.
        var outside = Self.ack(answer)
        outside.sequence += 100_000
        #expect(server.answer(outside)?.flags == .ack)
        // The SYN again.
        #expect(server.answer(Self.syn())?.sequence == answer.sequence)
        // Without ACK.
        #expect(server.answer(TCP.Segment(sequence: SequenceNumber(1001), flags: .fin)) == nil)
        // RFC 5961, 3.2.
        let near = try #require(server.answer(TCP.Segment(sequence: SequenceNumber(1002), flags: .rst)))
        #expect(near.flags == .ack && near.sequence == answer.sequence + 1 && near.acknowledgment == SequenceNumber(1001))
        #expect(server.answer(TCP.Segment(sequence: SequenceNumber(999), flags: .rst)) == nil)
        #expect(server.listener.halfOpenCount == 1)
        // Second: RST takes it back to LISTEN.
        #expect(server.answer(TCP.Segment(sequence: SequenceNumber(1001), flags: .rst)) == nil)
        #expect(server.listener.halfOpenCount == 0)
        // Fourth: so does a SYN in the window.
        _ = server.answer(Self.syn())
        #expect(server.answer(Self.syn(1500)) == nil)
        #expect(server.listener.halfOpenCount == 0)
    }

    @Test("SYN,ACK is sent again, ever more seldom, for a minute; then the slot is free")
    func retransmission() throws {
        let server = Server()
        let answer = try #require(server.answer(Self.syn()))
        let start = server.now
        var times: [UInt64] = []
        while server.listener.deadline != .never {
            server.now = server.listener.deadline
            while let (segment, _, remote) = server.listener.nextRetransmission(now: server.now, parameters: { _ in server.parameters }) {
                #expect(segment.sequence == answer.sequence && segment.flags == [.syn, .ack] && remote == server.client())
                times.append(server.now.since(start).nanoseconds / 1_000_000_000)
            }
        }
        #expect(times == [1, 3, 7, 15, 31])
        #expect(server.now.since(start) == .seconds(63))
        #expect(server.listener.halfOpenCount == 0 && server.listener.counters.abandoned == 1)
    }

    @Test("TCP_DEFER_ACCEPT: an ACK without text makes no connection, text does")
    func deferral() throws {
        let server = Server()
        server.listener.deferral = 2
        let answer = try #require(server.answer(Self.syn()))
        #expect(server.connection(Self.ack(answer)) == nil && server.listener.halfOpenCount == 1)
        let (connection, effects) = try #require(server.connection(Self.ack(answer, count: 5)))
        #expect(connection.state == .established && effects.delivered == 5)
        #expect(server.listener.halfOpenCount == 0)
    }

    @Test("TCP_DEFER_ACCEPT: at last SYN,ACK is sent again, and its ACK makes the connection")
    func deferralEnds() throws {
        let server = Server()
        server.listener.deferral = 3
        let answer = try #require(server.answer(Self.syn()))
        let start = server.now
        #expect(server.connection(Self.ack(answer)) == nil)
        var times: [UInt64] = []
        while server.listener.deadline != .never, times.isEmpty {
            server.now = server.listener.deadline
            while server.listener.nextRetransmission(now: server.now, parameters: { _ in server.parameters }) != nil {
                times.append(server.now.since(start).nanoseconds / 1_000_000_000)
            }
        }
        // After 1 and 3 seconds nothing was asked, as it had answered.
        #expect(times == [7])
        #expect(server.connection(Self.ack(answer))?.0.state == .established)
    }

    @Test("TCP_DEFER_ACCEPT: who has not answered is asked as ever")
    func deferralWithoutAnswer() throws {
        let server = Server()
        server.listener.deferral = 3
        _ = try #require(server.answer(Self.syn()))
        server.now = server.listener.deadline
        #expect(server.listener.nextRetransmission(now: server.now, parameters: { _ in server.parameters }) != nil)
    }

    @Test("The queue of those that wait to be accepted is as long as the backlog")
    func backlog() throws {
        let server = Server(backlog: 2)
        var answers: [TCP.Segment] = []
        for number in 1...3 as ClosedRange<UInt32> { answers.append(try #require(server.answer(Self.syn(), from: server.client(number)))) }
        #expect(server.connection(Self.ack(answers[0]), from: server.client(1)) != nil)
        #expect(server.connection(Self.ack(answers[1]), from: server.client(2)) != nil)
        // Full: the ACK waits for the SYN,ACK's repetition; a SYN is dropped.
        #expect(server.connection(Self.ack(answers[2]), from: server.client(3)) == nil)
        #expect(server.answer(Self.syn(), from: server.client(4)) == nil)
        #expect(server.listener.counters.overflows == 2)
        server.listener.accepted()
        #expect(server.connection(Self.ack(answers[2]), from: server.client(3)) != nil)
    }

    @Test("A land attack: nobody is his own peer")
    func land() {
        let server = Server()
        #expect(server.answer(Self.syn(), from: server.local) == nil)
        #expect(server.listener.halfOpenCount == 0)
    }

    // MARK: RFC 6528

    @Test("RFC 6528, 3: numbers follow a clock, and differ by endpoints and secret")
    func initialSequence() {
        let numbers = TCP.InitialSequence(key: SipKey(low: 5, high: 6))
        let local = Endpoint(.v4(IPv4Address(bits: 1)), Port(1))
        let remote = Endpoint(.v4(IPv4Address(bits: 2)), Port(2))
        let (first, offset) = numbers.numbers(local: local, remote: remote, now: .start)
        let (later, laterOffset) = numbers.numbers(local: local, remote: remote, now: .start + .seconds(1))
        // M counts in about 4 us.
        #expect(first.count(upTo: later) == 1_000_000_000 >> 12 && offset == laterOffset)
        for other in [
            numbers.numbers(local: remote, remote: local, now: .start),
            numbers.numbers(local: local, remote: Endpoint(.v4(IPv4Address(bits: 2)), Port(3)), now: .start),
            TCP.InitialSequence(key: SipKey(low: 5, high: 7)).numbers(local: local, remote: remote, now: .start),
        ] { #expect(other.0 != first) }
    }

    // MARK: RFC 4987, 3.6

    @Test("Cookies bring back the segment size, and with timestamps scale and SACK", arguments: [536, 1220, 1400, 1460, 8940] as [UInt16])
    func cookie(size: UInt16) throws {
        for (scale, selective) in [(nil, false), (0, true), (7, false), (14, true)] as [(UInt8?, Bool)] {
            let server = Server(slots: 0)
            server.now += .milliseconds(UInt64.random(in: 0..<1000))
            var syn = Self.syn(timestamps: 500, scale: scale, selective: selective)
            syn.options.maximumSegmentSize = size
            let answer = try #require(server.answer(syn))
            #expect(server.listener.halfOpenCount == 0 && server.listener.counters.cookiesSent == 1)
            server.now += .seconds(60)
            var ack = Self.ack(answer, timestamps: 501)
            ack.window = 10
            let (connection, effects) = try #require(server.connection(ack))
            #expect(effects.events.contains(.established) && connection.state == .established)
            #expect(connection.segmentSize == min(size, 1460) - 12)
            #expect(connection.sendWindow == 10 << UInt32(scale ?? 0))
            #expect(connection.marks.contains(.selective) == selective)
        }
    }

    @Test("A cookie without timestamps has the segment size only")
    func cookieWithoutTimestamps() throws {
        let server = Server(slots: 0)
        let answer = try #require(server.answer(Self.syn()))
        #expect(answer.options.windowScale == nil && !answer.options.isSelectiveAcknowledgmentPermitted)
        let (connection, _) = try #require(server.connection(Self.ack(answer)))
        #expect(connection.segmentSize == 1400 && connection.sendWindow == 100)
    }

    @Test("What is no cookie, an old one, or somebody else's, is answered with RST")
    func wrongCookies() throws {
        let server = Server(slots: 0)
        let answer = try #require(server.answer(Self.syn()))
        let good = Self.ack(answer)
        for bit in 0..<32 {
            var ack = good
            ack.acknowledgment = SequenceNumber((good.acknowledgment - 1).rawValue ^ 1 << bit) + 1
            // None of them makes a connection.
            guard case .answer(let answer) = server.receive(ack) else {
                #expect(bit < 15 && server.connection(ack) == nil, "bit \(bit)")
                continue
            }
            #expect(answer.flags == .rst, "bit \(bit)")
        }
        #expect(server.answer(good, from: server.client(2))?.flags == .rst)
        // What was sent behind the handshake's ACK and has overtaken it waits for that.
        var later = good
        later.sequence += 1000
        #expect(server.answer(later) == nil && server.connection(later) == nil)
        server.now += .seconds(129)
        #expect(server.answer(good)?.flags == .rst)
        // When none was sent lately, none is looked at.
        #expect(Server(slots: 0).answer(good)?.flags == .rst)
    }

    @Test("100,000 SYNs: no more memory than before, and connections and newcomers go on")
    func flood() throws {
        let server = Server(slots: 256, backlog: 128)
        // One that is there.
        let first = try #require(server.answer(Self.syn(timestamps: 1), from: server.client(999_999)))
        var (connection, _) = try #require(server.connection(Self.ack(first, timestamps: 2), from: server.client(999_999)))
        while connection.nextSegment(now: server.now) != nil {}
        var generator = SeededGenerator(seed: 7)
        var served: UInt64 = 0
        var sent = SequenceNumber(1001)
        for number in 0..<100_000 as Range<UInt32> {
            server.now += .microseconds(10)
            let attacker = Endpoint(
                .v4(IPv4Address(bits: generator.next(upperBound: UInt32.max))), Port(UInt16.random(in: 1...65_535, using: &generator)))
            let answer = server.answer(Self.syn(UInt32(truncatingIfNeeded: generator.next())), from: attacker)
            #expect(answer?.flags == [.syn, .ack])
            if number % 1000 == 0 {
                // A byte of the one that is there.
                var text = TCP.Segment(sequence: sent, acknowledgment: first.sequence + 1, flags: .ack, window: 100, count: 1)
                text.options.timestamps = TCPTimestamps(value: 3 + number, echo: 0)
                served += UInt64(connection.receive(text, now: server.now).delivered)
                sent += 1
                while connection.nextSegment(now: server.now) != nil {}
                // Somebody honest.
                let client = server.client(number / 1000 + 5000)
                let welcome = try #require(server.answer(Self.syn(timestamps: 9), from: client))
                #expect(server.connection(Self.ack(welcome, timestamps: 10), from: client) != nil)
                server.listener.accepted()
            }
        }
        #expect(served == 100 && connection.readPosition == 0 && connection.readableBytes == 100)
        #expect(server.listener.halfOpenCount <= 256)
        #expect(server.listener.counters.cookiesSent > 99_000)
        #expect(server.listener.waiting == 1)
        // The half-open ones are gone a minute later.
        while server.listener.deadline != .never {
            server.now = max(server.now, server.listener.deadline)
            while server.listener.nextRetransmission(now: server.now, parameters: { _ in server.parameters }) != nil {}
        }
        #expect(server.listener.halfOpenCount == 0)
    }

    @Test("Any segments whatever", arguments: 0..<4)
    func fuzz(part: UInt64) {
        let server = Server(slots: part == 0 ? 0 : 16, backlog: 4)
        var generator = SeededGenerator(seed: part)
        var last = TCP.Segment(sequence: SequenceNumber(0), flags: .ack)
        for _ in 0..<20_000 {
            server.now += .milliseconds(UInt64.random(in: 0..<200, using: &generator))
            var segment = Int.random(in: 0..<3, using: &generator) == 0 ? Self.ack(last, timestamps: 5) : Self.syn(timestamps: 5)
            if Bool.random(using: &generator) { segment.flags = TCPFlags(rawValue: UInt8.random(in: 0...255, using: &generator)) }
            if Int.random(in: 0..<4, using: &generator) == 0 { segment.sequence += UInt32.random(in: 0..<70_000, using: &generator) }
            segment.count = [0, 0, 5, 70_000].randomElement(using: &generator)!
            switch server.receive(segment, from: server.client(UInt32.random(in: 0..<40, using: &generator))) {
            case .none: break
            case .answer(let answer): if answer.flags.contains(.syn) { last = answer }
            case .established(let connection, _):
                #expect(connection.state.isSynchronized)
                server.listener.accepted()
            }
            #expect(server.listener.halfOpenCount <= 16)
            if server.listener.deadline <= server.now {
                while server.listener.nextRetransmission(now: server.now, parameters: { _ in server.parameters }) != nil {}
            }
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func next(upperBound: UInt32) -> UInt32 { UInt32.random(in: 0..<upperBound, using: &self) }
}
