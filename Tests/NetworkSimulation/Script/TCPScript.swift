import KernelNetwork
import KernelWire

/// A test of one connection as a script, in the manner of packetdrill.
///
/// A line is an event or what is expected of the connection; `//` begins a comment.
/// A line may begin with `+SECONDS`: so much time goes by before, during which timers
/// expire and segments are collected. A segment is expected at the very moment that the
/// script has come to, and before every event all segments must have been expected.
///
/// ```
/// open                                     active OPEN; see `TCPScript+Lines` for all lines
/// > S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 7>
/// +.1 < S. 0:0 ack 1 win 65535 <mss 1460>  a segment of the peer arrives
/// > . 1:1 ack 1                            what is not named is not compared
/// write 1000
/// > P. 1:1001 ack 1
/// ```
///
/// Numbers are relative to each side's initial one, which lie shortly before 2^32.
public struct TCPScript {
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var connection: TCP.Connection?
    /// Segments that were sent and are not yet expected.
    var outbox: [(time: Instant, transmission: TCP.Transmission)] = []
    /// Since the script last looked.
    var events: TCP.Events = []
    var pieces: [TCP.Piece] = []
    var acknowledged = 0
    var options = TCP.Options()
    var path = TCP.Path(segmentSize: 1460)
    /// Bytes of text in each segment that the last one with text is to be cut into.
    var cut: UInt16 = 0
    var capacity: UInt32 = 65_535
    /// The owner enlarges its receive buffer when it is asked to.
    var grows = false
    var failures: [String] = []
    /// The owner moves few bytes in one step where the connection says that nothing follows.
    let movesShortly: Bool

    static let initial = SequenceNumber(0xFFFF_FF00)
    static let peerInitial = SequenceNumber(0xFFFF_FD00)
    /// TSval is the clock's milliseconds from the script's start on.
    static let timestampOffset = 0 &- UInt32(1_000_000)

    public init(movesShortly: Bool = false) { self.movesShortly = movesShortly }

    /// What went wrong, line by line; nothing when all was as expected: of an owner that moves every
    /// byte the usual way, and of one that does so only where it has to.
    public static func run(_ text: String) -> [String] {
        failures(of: text, movesShortly: false)
            + failures(of: text, movesShortly: true).map { "moved shortly: \($0)" }
    }

    private static func failures(of text: String, movesShortly: Bool) -> [String] {
        var script = TCPScript(movesShortly: movesShortly)
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let words = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
                .split(separator: " ").map(String.init)
            if words.isEmpty { continue }
            do {
                try script.step(words)
            } catch {
                script.failures.append("line \(number): \(line.drop { $0 == " " }): \(error.text)")
                return script.failures
            }
        }
        script.expectNothingLeft(&script.failures)
        return script.failures
    }

    struct Mismatch: Error {
        let text: String
    }

    func mismatch(_ text: String) -> Mismatch { Mismatch(text: text) }

    private func expectNothingLeft(_ failures: inout [String]) {
        for (time, transmission) in outbox { failures.append("not expected: \(describe(transmission, time))") }
    }

    // MARK: The owner's part

    mutating func take(_ effects: TCP.Effects, answering segment: TCP.Segment? = nil) {
        events.formUnion(effects.events)
        acknowledged += Int(effects.acknowledged)
        for i in 0..<effects.pieces.count { pieces.append(effects.pieces[i]) }
        if effects.events.contains(.wantsReceiveBuffer), grows, let wanted = connection?.wantedReceiveCapacity {
            connection?.receiveCapacityChanged(to: wanted)
        }
        if effects.events.contains(.answerReset), let answer = segment?.resetAnswer {
            outbox.append((now, TCP.Transmission(answer, position: 0, segmentSize: 0)))
        }
        pump()
    }

    mutating func pump() {
        while let transmission = connection?.nextSegment(now: now) {
            outbox.append((now, transmission))
            if transmission.segment.count > 0 { cut = transmission.segmentSize }
            if outbox.count > 10_000 { return }
        }
    }

    /// Time goes by, and timers expire at their moments.
    mutating func advance(to moment: Instant) {
        while let deadline = connection?.deadline, deadline <= moment {
            now = max(deadline, now)
            let effects = connection?.expire(now: now) ?? TCP.Effects()
            take(effects)
        }
        now = moment
    }

    mutating func requireEmptyOutbox() throws(Mismatch) {
        if let (time, transmission) = outbox.first { throw mismatch("before it was sent: \(describe(transmission, time))") }
    }

    // MARK: Text

    func describe(_ transmission: TCP.Transmission, _ time: Instant) -> String {
        let segment = transmission.segment
        var text = "+\(Double(time.since(Instant(nanoseconds: 1_000_000_000_000)).nanoseconds) / 1e9) > "
        for (letter, flag) in Self.letters where segment.flags.contains(flag) { text.append(letter) }
        let start = Self.initial.distance(to: segment.sequence)
        text += " \(start):\(start + Int32(segment.count))"
        if segment.flags.contains(.ack) { text += " ack \(Self.peerInitial.distance(to: segment.acknowledgment))" }
        text += " win \(segment.window)"
        if segment.flags.contains(.urg) { text += " urg \(segment.urgentPointer)" }
        return text + " <\(describe(segment.options))>"
    }

    func describe(_ options: TCPOptions) -> String {
        var parts: [String] = []
        if let size = options.maximumSegmentSize { parts.append("mss \(size)") }
        if options.isSelectiveAcknowledgmentPermitted { parts.append("sackOK") }
        if let stamps = options.timestamps { parts.append("TS val \(stamps.value) ecr \(stamps.echo)") }
        if let scale = options.windowScale { parts.append("wscale \(scale)") }
        let blocks = options.selectiveAcknowledgments
        if blocks.count > 0 {
            let list = (0..<blocks.count).map { index in
                "\(Self.peerInitial.distance(to: SequenceNumber(blocks[index].left))):\(Self.peerInitial.distance(to: SequenceNumber(blocks[index].right)))"
            }
            parts.append("sack " + list.joined(separator: " "))
        }
        return parts.joined(separator: ",")
    }

    static let letters: [(Character, TCPFlags)] = [
        ("S", .syn), ("F", .fin), ("R", .rst), ("P", .psh), ("U", .urg), (".", .ack),
    ]
}
