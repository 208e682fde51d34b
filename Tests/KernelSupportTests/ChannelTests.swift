import KernelSupport
import TestSupport
import Testing

/// A generator whose numbers a seed repeats (xorshift64*).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

@Suite(.serialized, .inTurn)
struct ChannelTests {
    /// The frames that come out of `bytes`.
    private func frames(_ bytes: [UInt8]) -> (frames: [(ChannelFrame.Kind, [UInt8])], skipped: Int) {
        var decoder = ChannelDecoder()
        var result: [(ChannelFrame.Kind, [UInt8])] = []
        var payload: [UInt8] = []
        for byte in bytes {
            switch decoder.consume(byte) {
            case .begin: payload = []
            case .payload(_, let byte): payload.append(byte)
            default: break
            }
            if case .end(let kind) = decoder.finish() { result.append((kind, payload)) }
        }
        return (result, decoder.skippedBytes)
    }

    private func encode(_ kind: ChannelFrame.Kind, _ payload: [UInt8]) -> [UInt8] {
        let header = ChannelFrame.header(kind, payloadCount: payload.count)
        return (0..<4).map { header[$0] } + payload
    }

    @Test func framesComeOutAsTheyWentIn() {
        let bytes =
            encode(.hello, [1]) + encode(.standardError, Array("abc".utf8))
            + encode(.standardInputEnd, []) + encode(.exitStatus, [7, 0, 0, 0])
        let result = frames(bytes)
        #expect(result.skipped == 0)
        #expect(result.frames.map(\.0) == [.hello, .standardError, .standardInputEnd, .exitStatus])
        #expect(result.frames.map(\.1) == [[1], [97, 98, 99], [], [7, 0, 0, 0]])
    }

    @Test func garbageInFrontIsSkipped() {
        let result = frames([0, 0xA5, 99, 0xA5, 0xA5] + encode(.log, [0, 65]).dropFirst())
        #expect(result.frames.map(\.1) == [[0, 65]])
        #expect(result.skipped == 4)
    }

    @Test func aLengthOverTheMaximumIsNoFrame() {
        let result = frames([0xA5, 1, 0x01, 0x10] + encode(.hello, [1]))
        #expect(result.frames.map(\.0) == [.hello])
        #expect(result.skipped == 4)
    }

    @Test(.timeLimit(.minutes(10))) func randomBytesNeverBreakTheDecoder() {
        let cases = fuzzCases
        for seed in 1...UInt64(cases) {
            var generator = SeededGenerator(state: seed)
            var decoder = ChannelDecoder()
            var payload = 0
            let count = Int.random(in: 0..<48, using: &generator)
            for _ in 0..<count {
                // Half of the bytes are ones that mean something.
                let byte =
                    Bool.random(using: &generator)
                    ? [0xA5, 1, 2, 3, 4, 0, 0x81].randomElement(using: &generator)!
                    : UInt8.random(in: 0...255, using: &generator)
                if case .payload = decoder.consume(byte) { payload += 1 }
            }
            guard payload + decoder.skippedBytes <= count else {
                Issue.record("more bytes came out than went in, seed \(seed)")
                return
            }
        }
    }

    // MARK: - Chunks

    /// What a stream is, as text; payloads are joined.
    private func pieces(_ chunks: [[UInt8]]) -> (text: [String], skipped: Int) {
        var decoder = ChannelDecoder()
        var text: [String] = []
        var payload: [UInt8] = []
        for chunk in chunks {
            unsafe decoder.consume(chunk.span.bytes) { piece in
                switch piece {
                case .begin(let kind, let count):
                    text.append("\(kind) \(count)")
                    payload = []
                case .payload(_, let range):
                    if range.isEmpty { text.append("empty") }
                    payload += chunk[range]
                case .end(let kind):
                    text.append("\(kind) \(payload)")
                }
            }
        }
        return (text, decoder.skippedBytes)
    }

    @Test func aChunkHoldsManyFrames() {
        let bytes =
            encode(.hello, [1]) + [7] + encode(.standardInputEnd, []) + encode(.log, [0, 65])
        let result = pieces([bytes])
        #expect(
            result.text == [
                "hello 1", "hello [1]", "standardInputEnd 0", "standardInputEnd []", "log 2",
                "log [0, 65]",
            ])
        #expect(result.skipped == 1)
    }

    @Test func theLongestFrameIsAFrame() {
        let payload = (0..<ChannelFrame.maximumPayload).map { UInt8(truncatingIfNeeded: $0) }
        let result = frames(encode(.standardInput, payload))
        #expect(result.frames.map(\.1) == [payload])
        #expect(result.skipped == 0)
    }

    @Test func aMarkInsideABrokenHeaderStartsAFrame() {
        let status = encode(.exitStatus, [7, 0, 0, 0])
        for broken in [[0xA5], [0xA5, 0xA5], [0xA5, 1, 0x00], [0xA5, 1, 0xFF, 0xFF]] as [[UInt8]] {
            let result = frames(broken + status)
            #expect(result.frames.map(\.1) == [[7, 0, 0, 0]], "\(broken)")
            #expect(result.skipped == broken.count)
        }
    }

    @Test(.timeLimit(.minutes(10))) func chunksAndBytesSayTheSame() {
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            var bytes: [UInt8] = []
            for _ in 0..<generator.next() % 24 {
                let choice = generator.next() >> 8
                bytes.append(
                    choice & 3 == 0
                        ? UInt8(truncatingIfNeeded: choice >> 8)
                        : [0xA5, 0xA5, 1, 3, 0, 0, 0x82, 2][Int(choice >> 8 & 7)])
            }
            var chunks: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int(generator.next() % 8)
                chunks.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let single = frames(bytes)
            let whole = pieces([bytes])
            let cut = pieces(chunks)
            let ends = single.frames.map { "\($0.0) \($0.1)" }
            guard whole.text == cut.text, whole.skipped == cut.skipped,
                whole.skipped == single.skipped, ends.allSatisfy(whole.text.contains)
            else {
                Issue.record("chunks came out otherwise than bytes, seed \(seed)")
                return
            }
        }
    }

    /// Whatever lies between frames, as long as it has no mark, costs no frame.
    @Test(.timeLimit(.minutes(10))) func framesBetweenGarbageAreFound() {
        let kinds: [ChannelFrame.Kind] = [.standardError, .log, .exitStatus, .hello, .standardInput]
        for seed in 1...UInt64(max(1, fuzzCases / 10)) {
            var generator = SeededGenerator(state: seed)
            var bytes: [UInt8] = []
            var sent: [[UInt8]] = []
            var garbage = 0
            for _ in 0..<1 + generator.next() % 4 {
                for _ in 0..<generator.next() % 6 {
                    let byte = UInt8(truncatingIfNeeded: generator.next() >> 8)
                    if byte == ChannelFrame.mark { continue }
                    bytes.append(byte)
                    garbage += 1
                }
                let payload = (0..<generator.next() % 20).map { _ in
                    UInt8(truncatingIfNeeded: generator.next() >> 8)
                }
                sent.append(payload)
                bytes += encode(kinds[Int(generator.next() >> 8) % kinds.count], payload)
            }
            let result = frames(bytes)
            guard result.frames.map(\.1) == sent, result.skipped == garbage else {
                Issue.record("a frame was lost, seed \(seed)")
                return
            }
        }
    }
}
