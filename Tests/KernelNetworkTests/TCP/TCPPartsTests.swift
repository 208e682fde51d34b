@testable import KernelNetwork
import NetworkSimulation
import Testing

/// The parts of a connection, each alone.
@Suite("Network: TCP parts")
struct TCPPartsTests {
    // MARK: SequenceNumber (RFC 9293, 3.4)

    @Test("3.4: the order of two numbers, round 2^32", arguments: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32])
    func order(start: UInt32) {
        let number = SequenceNumber(start)
        for step in [1, 2, 1000, 0x7fff_ffff] as [UInt32] {
            let later = number + step
            #expect(number.isBefore(later) && later.isAfter(number))
            #expect(!later.isBefore(number) && !number.isAfter(later))
            #expect(number.isAtOrBefore(later) && later.isAtOrAfter(number))
            #expect(number.count(upTo: later) == step && later.count(upTo: number) == 0)
            #expect(later - step == number)
            #expect(SequenceNumber.later(number, later) == later && SequenceNumber.earlier(number, later) == number)
        }
        #expect(number.isAtOrBefore(number) && !number.isBefore(number))
        #expect(number.isWithin(1, from: number) && !number.isWithin(0, from: number))
        #expect(!(number + 5).isWithin(5, from: number) && (number + 4).isWithin(5, from: number))
        #expect(!(number - 1).isWithin(5, from: number))
    }

    // MARK: Reassembly and Scoreboard, against a set of numbers

    @Test("Reassembly knows what has arrived, as a set does", arguments: 0..<40)
    func reassembly(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var reassembly = SequenceReassembly()
        var model: Set<Int> = []
        var next = 0
        let base = SequenceNumber(0xffff_ffc0)
        for _ in 0..<400 {
            let lower = next + Int.random(in: 0..<120, using: &generator)
            let upper = lower + Int.random(in: 1..<20, using: &generator)
            let range = SequenceRange(base + UInt32(lower), base + UInt32(upper))
            // Where the first gap is.
            let missing = (lower..<upper).first { !model.contains($0) }
            #expect(reassembly.firstGap(in: range)?.lower == missing.map { base + UInt32($0) })
            if let missing {
                let end = (missing..<upper).first { model.contains($0) } ?? upper
                #expect(reassembly.firstGap(in: range)?.upper == base + UInt32(end))
            }
            if lower == next {
                next = upper
                while model.contains(next) { next += 1 }
                model = model.filter { $0 >= next }
                #expect(reassembly.absorb(from: range.upper) == base + UInt32(next))
            } else if reassembly.canInsert(range) {
                reassembly.insert(range)
                model.formUnion(lower..<upper)
                #expect(reassembly[0].contains(range), "what changed last is first")
            } else {
                #expect(reassembly.count == SequenceReassembly.capacity)
            }
            let held = (0..<reassembly.count).reduce(0) { $0 + Int(reassembly[$1].count) }
            #expect(held == model.count)
        }
    }

    @Test("Scoreboard knows what the peer has, as a set does", arguments: 0..<40)
    func scoreboard(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var scoreboard = Scoreboard()
        var model: Set<Int> = []
        var una = 0
        let base = SequenceNumber(0xffff_ffc0)
        func number(_ value: Int) -> SequenceNumber { base + UInt32(value) }
        for _ in 0..<400 {
            let lower = una + 1 + Int.random(in: 0..<150, using: &generator)
            let upper = lower + Int.random(in: 1..<20, using: &generator)
            let news = scoreboard.add(SequenceRange(number(lower), number(upper)))
            if news { model.formUnion(lower..<upper) } else if scoreboard.count < Scoreboard.capacity {
                #expect(Set(lower..<upper).isSubset(of: model))
            }
            if Int.random(in: 0..<6, using: &generator) == 0 {
                let to = una + Int.random(in: 0..<40, using: &generator)
                let isSteady = !model.contains(to)
                #expect(scoreboard.advance(to: number(to)) == isSteady)
                model = isSteady ? model.filter { $0 >= to } : []
                una = to
            }
            for i in 0..<scoreboard.count {
                #expect(!scoreboard[i].isEmpty)
                if i > 0 { #expect(scoreboard[i - 1].upper.isBefore(scoreboard[i].lower)) }
            }
            let from = una + Int.random(in: 0..<100, using: &generator)
            let to = from + Int.random(in: 0..<100, using: &generator)
            #expect(Int(scoreboard.held(in: SequenceRange(number(from), number(to)))) == model.filter { $0 >= from && $0 < to }.count)
            let hole = (from..<to).first { !model.contains($0) }
            #expect(scoreboard.firstHole(from: number(from), to: number(to))?.lower == hole.map(number))
        }
    }

    @Test("RFC 6675, 4, IsLost: three ranges behind it, or more than two segments")
    func isLost() {
        var scoreboard = Scoreboard()
        func add(_ lower: UInt32, _ upper: UInt32) { _ = scoreboard.add(SequenceRange(SequenceNumber(lower), SequenceNumber(upper))) }
        add(1000, 2000)
        #expect(scoreboard.lossEdge(segmentSize: 1000) == nil)
        add(2000, 3000)
        #expect(scoreboard.lossEdge(segmentSize: 1000) == nil, "two segments are not more than two")
        add(3000, 3001)
        #expect(scoreboard.lossEdge(segmentSize: 1000) == SequenceNumber(1000))
        scoreboard.clear()
        add(100, 101)
        add(200, 201)
        #expect(scoreboard.lossEdge(segmentSize: 1000) == nil)
        add(300, 301)
        #expect(scoreboard.lossEdge(segmentSize: 1000) == SequenceNumber(100))
        add(400, 401)
        #expect(scoreboard.lossEdge(segmentSize: 1000) == SequenceNumber(200))
    }

    // MARK: RFC 6298

    @Test("RFC 6298, 2: the timeout of measurements, as it is computed by hand")
    func roundTrip() {
        var roundTrip = RoundTrip()
        #expect(roundTrip.timeout == .seconds(1))
        roundTrip.measure(.milliseconds(500))
        // 2.2: SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 RTTVAR.
        #expect(roundTrip.smoothed == .milliseconds(500) && roundTrip.variation == .milliseconds(250))
        #expect(roundTrip.timeout == .milliseconds(1500))
        roundTrip.measure(.milliseconds(100))
        // 2.3: RTTVAR = 3/4 * 250 + 1/4 * 400 = 287.5, SRTT = 7/8 * 500 + 1/8 * 100 = 450.
        #expect(roundTrip.smoothed == .milliseconds(450) && roundTrip.variation == .microseconds(287_500))
        #expect(roundTrip.timeout == .milliseconds(1600))
        // 5.5
        roundTrip.doubleTimeout()
        #expect(roundTrip.timeout == .milliseconds(3200))
        for _ in 0..<40 { roundTrip.doubleTimeout() }
        #expect(roundTrip.timeout >= .seconds(60), "2.5")
    }

    @Test("RFC 6298: measurements of any size")
    func extremeRoundTrips() {
        for nanoseconds in [0, 1, 999, .max, 1 << 40] as [UInt64] {
            var roundTrip = RoundTrip()
            for _ in 0..<100 { roundTrip.measure(Interval(nanoseconds: nanoseconds)) }
            #expect(roundTrip.timeout >= .milliseconds(200) && roundTrip.timeout <= .seconds(120))
        }
    }

    // MARK: RFC 9438

    @Test("The cubic root")
    func cubicRoot() {
        for root in [0, 1, 2, 10, 999, 1000, 123_456, 2_642_245] as [UInt64] {
            #expect(UInt64(Cubic.cubicRoot(root * root * root)) == root)
            if root > 1 { #expect(UInt64(Cubic.cubicRoot(root * root * root - 1)) == root - 1) }
        }
        #expect(Cubic.cubicRoot(.max) == 2_642_245)
    }

    /// W_cubic by its formula in floating point, as RFC 9438, 4.2, has it.
    static func formula(_ time: Double, greatest: Double, start: Double) -> Double {
        let k = ((greatest - start) / 0.4).squareRoot() == 0 ? 0 : cbrt((greatest - start) / 0.4)
        return 0.4 * (time - k) * (time - k) * (time - k) + greatest
    }

    static func cbrt(_ x: Double) -> Double {
        var root = max(x, 1)
        for _ in 0..<200 { root = (2 * root + x / (root * root)) / 3 }
        return root
    }

    @Test("RFC 9438, 4.2: the window follows C (t - K)^3 + W_max")
    func cubicGrowth() {
        // 1000 segments when a loss came; long round trips, so that Reno is slower.
        let size: UInt32 = 1000
        var congestion = Congestion(segmentSize: size)
        let roundTrip = Interval.milliseconds(200)
        var now = Instant(nanoseconds: 5_000_000_000)
        while congestion.window < 1_000_000 {
            congestion.acknowledged(congestion.window, segmentSize: size, afterTimeout: false, newReno: false, now: now, roundTrip: roundTrip)
        }
        let before = congestion.window
        congestion.reduce(flight: before, segmentSize: size, newReno: false)
        let start = congestion.window
        #expect(start == UInt32(Double(before) * 0.7))
        let epoch = now
        var time = 0.0
        while time < 20 {
            // An ACK for each two segments, spread over the round trip.
            let acks = Int(congestion.window / (2 * size))
            for i in 1...max(acks, 1) {
                let at = time + 0.2 * Double(i) / Double(max(acks, 1))
                now = epoch + Interval(nanoseconds: UInt64(at * 1e9))
                congestion.acknowledged(2 * size, segmentSize: size, afterTimeout: false, newReno: false, now: now, roundTrip: roundTrip)
            }
            time += 0.2
            let expected = Self.formula(time, greatest: Double(before) / 1000, start: Double(start) / 1000)
            let found = Double(congestion.window) / 1000
            // cwnd approaches W_cubic(t + RTT), from below.
            let ahead = Self.formula(time + 0.2, greatest: Double(before) / 1000, start: Double(start) / 1000)
            #expect(found >= expected * 0.97 && found <= ahead * 1.03 + 1, "\(time) s: \(found), W_cubic \(expected)")
        }
    }

    @Test("RFC 9438, 4.3: where Reno is faster, it is followed: alpha is 9/17 up to cwnd_prior")
    func renoFriendly() {
        let size: UInt32 = 1000
        var congestion = Congestion(segmentSize: size)
        // 20 segments, a round trip of 1 ms: W_cubic hardly grows.
        let roundTrip = Interval.milliseconds(1)
        var now = Instant(nanoseconds: 1_000_000_000)
        while congestion.window < 20_000 {
            congestion.acknowledged(1000, segmentSize: size, afterTimeout: false, newReno: false, now: now, roundTrip: roundTrip)
        }
        congestion.reduce(flight: 20_000, segmentSize: size, newReno: false)
        #expect(congestion.window == 14_000)
        var windows = 0.0
        while congestion.window < 20_000 {
            let acked = congestion.window / 14
            windows += Double(acked) / Double(congestion.window)
            now += Interval(nanoseconds: 70_000)
            congestion.acknowledged(acked, segmentSize: size, afterTimeout: false, newReno: false, now: now, roundTrip: roundTrip)
        }
        // Six segments at 9/17 a window.
        #expect(abs(windows - 6 * 17 / 9) < 1.5, "\(windows)")
    }

    @Test("RFC 9438, 4.7: fast convergence")
    func fastConvergence() {
        var cubic = Cubic()
        cubic.reduce(window: 100_000)
        cubic.reduce(window: 80_000)
        // W_max is 0.85 * 80000: from 56000, K is the cubic root of 12 / 0.4 = 30, 3.107 s.
        var window: UInt32 = 56_000
        let start = Instant(nanoseconds: 1_000_000_000)
        for millisecond in 0..<3107 {
            window = cubic.grown(
                window: window, acknowledged: 120, segmentSize: 1000, now: start + .milliseconds(UInt64(millisecond)),
                roundTrip: .milliseconds(500))
        }
        #expect(window >= 66_500 && window <= 70_000, "\(window)")
    }

    @Test("Places in a stream of more than 2^32 bytes, when SND.UNA is ISS again")
    func longStreams() {
        let initial = SequenceNumber(0xffff_fff0)
        var send = TCP.SendState(initial: initial, peerSegmentSize: 1460)
        #expect(send.position(of: initial + 1) == 0 && send.firstByte == initial + 1)
        send.acknowledgedBytes = 1 << 32 - 1
        send.end = initial + 100
        #expect(send.firstByte == initial)
        #expect(send.position(of: initial) == 1 << 32 - 1 && send.position(of: initial + 5) == 1 << 32 + 4)
        #expect(send.position(of: initial + 101) == 1 << 32 + 99, "FIN is at the end")
    }

    // MARK: TCP_INFO

    @Test("TCP_INFO has the layout of the C libraries, and tells of a connection")
    func information() throws {
        #expect(MemoryLayout<TCP.Information>.size == 104)
        #expect(MemoryLayout<TCP.Information>.offset(of: \.retransmissionTimeout) == 8)
        #expect(MemoryLayout<TCP.Information>.offset(of: \.roundTrip) == 68)
        #expect(MemoryLayout<TCP.Information>.offset(of: \.totalRepeated) == 100)
        var now = Instant(nanoseconds: 1_000_000_000)
        var connection = TCP.Connection(
            opening: TCP.Opening(
                initialSequence: SequenceNumber(0), timestampOffset: 0, path: TCP.Path(segmentSize: 1460),
                receiveCapacity: 65_535), now: now)
        _ = connection.nextSegment(now: now)
        #expect(connection.information(now: now).state == 2)
        now += .milliseconds(10)
        var answer = TCP.Segment(
            sequence: SequenceNumber(77), acknowledgment: SequenceNumber(1), flags: [.syn, .ack], window: 60_000)
        answer.options.maximumSegmentSize = 1000
        _ = connection.receive(answer, now: now)
        _ = connection.nextSegment(now: now)
        _ = connection.append(2500)
        while connection.nextSegment(now: now) != nil {}
        now += .milliseconds(30)
        let info = connection.information(now: now)
        #expect(info.state == 1 && info.recovery == 0 && info.options == 0)
        #expect(info.sendSegment == 1000 && info.announcedSegment == 1460 && info.pathUnit == 1500)
        // Two full segments, and the rest that waits for the ACK of none: Nagle lets it go.
        #expect(info.unacknowledged == 3 && info.selective == 0 && info.lost == 0)
        #expect(info.roundTrip == 10_000 && info.roundTripVariation == 5000)
        #expect(info.retransmissionTimeout == 200_000 && info.lastSent == 30)
        #expect(info.window == 10 && info.threshold == 0x7fff_ffff && info.totalRepeated == 0)
        now = connection.deadline
        _ = connection.expire(now: now)
        while connection.nextSegment(now: now) != nil {}
        now = connection.deadline
        _ = connection.expire(now: now)
        while connection.nextSegment(now: now) != nil {}
        let later = connection.information(now: now)
        #expect(later.totalRepeated >= 1 && later.recovery == 4 && later.retransmits >= 1)
    }

    // MARK: Sizes

    @Test("A connection is at most 512 bytes")
    func size() {
        #expect(MemoryLayout<TCP.Connection>.size <= 512, "\(MemoryLayout<TCP.Connection>.size)")
        #expect(MemoryLayout<TCP.HalfOpen>.stride <= 112, "\(MemoryLayout<TCP.HalfOpen>.stride)")
    }
}
