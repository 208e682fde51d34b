import KernelSupport
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

@Suite struct ChannelTests {
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

    @Test(.timeLimit(.minutes(2))) func randomBytesNeverBreakTheDecoder() {
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
}
