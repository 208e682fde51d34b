import KernelNetwork
import KernelWire

/// Segments as the script writes them: `FLAGS FROM:TO [ack N] [win N] [urg N] [<OPTIONS>]`.
extension TCPScript {
    /// What of a segment was written.
    struct Written {
        var segment: TCP.Segment
        var hasWindow = false
        var hasOptions = false
    }

    /// - Parameters:
    ///   - base: Of the sequence numbers.
    ///   - other: Of the acknowledgment.
    ///   - blockBase: Of SACK blocks.
    func parse(_ words: [String], base: SequenceNumber, other: SequenceNumber) throws(Mismatch) -> Written {
        var words = words[...]
        var flags: TCPFlags = []
        guard let letters = words.popFirst() else { throw mismatch("flags are missing") }
        for letter in letters where letter != "-" {
            guard let flag = Self.letters.first(where: { $0.0 == letter })?.1 else { throw mismatch("no flag \(letter)") }
            flags.insert(flag)
        }
        guard let range = words.popFirst() else { throw mismatch("a range is missing") }
        let ends = range.split(separator: ":").compactMap { Int64($0) }
        guard ends.count == 2 else { throw mismatch("no range: \(range)") }
        var written = Written(
            segment: TCP.Segment(
                sequence: base + UInt32(truncatingIfNeeded: ends[0]), flags: flags, window: 65_535,
                count: UInt32(truncatingIfNeeded: ends[1] - ends[0])))
        while let word = words.popFirst() {
            switch word {
            case "ack": written.segment.acknowledgment = other + UInt32(truncatingIfNeeded: try integer(words.popFirst()))
            case "win":
                written.segment.window = UInt16(truncatingIfNeeded: try integer(words.popFirst()))
                written.hasWindow = true
            case "urg": written.segment.urgentPointer = UInt16(truncatingIfNeeded: try integer(words.popFirst()))
            default:
                guard word.hasPrefix("<") else { throw mismatch("what is \(word)?") }
                let text = ([word] + words).joined(separator: " ")
                words = []
                written.hasOptions = true
                written.segment.options = try options(String(text.dropFirst().prefix { $0 != ">" }), blockBase: other)
            }
        }
        return written
    }

    func integer(_ word: String?) throws(Mismatch) -> Int64 {
        guard let word, let value = Int64(word) else { throw mismatch("no number: \(word ?? "")") }
        return value
    }

    private func options(_ text: String, blockBase: SequenceNumber) throws(Mismatch) -> TCPOptions {
        var options = TCPOptions()
        for part in text.split(separator: ",") {
            let words = part.split(separator: " ").map(String.init)
            switch words.first ?? "" {
            case "mss": options.maximumSegmentSize = UInt16(truncatingIfNeeded: try integer(words.last))
            case "wscale": options.windowScale = UInt8(truncatingIfNeeded: try integer(words.last))
            case "sackOK": options.isSelectiveAcknowledgmentPermitted = true
            case "TS":
                guard words.count == 5 else { throw mismatch("TS val N ecr N") }
                options.timestamps = TCPTimestamps(
                    value: UInt32(truncatingIfNeeded: try integer(words[2])),
                    echo: UInt32(truncatingIfNeeded: try integer(words[4])))
            case "sack":
                for word in words.dropFirst() {
                    let ends = word.split(separator: ":").compactMap { Int64($0) }
                    guard ends.count == 2 else { throw mismatch("no block: \(word)") }
                    options.selectiveAcknowledgments.append(
                        .init(
                            left: (blockBase + UInt32(truncatingIfNeeded: ends[0])).rawValue,
                            right: (blockBase + UInt32(truncatingIfNeeded: ends[1])).rawValue))
                }
            default: throw mismatch("no option: \(part)")
            }
        }
        return options
    }

    /// `< ...`: the segment arrives.
    mutating func inject(_ words: [String]) throws(Mismatch) {
        let written = try parse(words, base: Self.peerInitial, other: Self.initial)
        guard let effects = connection?.receive(written.segment, now: now) else { throw mismatch("there is no connection") }
        take(effects, answering: written.segment)
    }

    /// `> ...`: the next segment that was sent is that one, and was sent now.
    mutating func expect(_ words: [String]) throws(Mismatch) {
        guard !outbox.isEmpty else { throw mismatch("nothing was sent") }
        let (time, transmission) = outbox.removeFirst()
        let sent = transmission.segment
        let told = describe(transmission, time)
        guard time == now else { throw mismatch("another moment: \(told)") }
        if words == ["*"] { return }
        let written = try parse(words, base: Self.initial, other: Self.peerInitial)
        let wanted = written.segment
        // A reset answers with numbers of the other's.
        guard wanted.flags == sent.flags, wanted.sequence == sent.sequence || (sent.flags.contains(.rst) && sent.sequence.rawValue == 0 && wanted.sequence == Self.initial),
            wanted.count == sent.count, !sent.flags.contains(.ack) || wanted.acknowledgment == sent.acknowledgment,
            !written.hasWindow || wanted.window == sent.window, wanted.urgentPointer == sent.urgentPointer,
            !written.hasOptions || wanted.options == sent.options
        else { throw mismatch("sent was \(told)") }
    }
}
