import Testing

@testable import KernelSupport

/// Walks over chains of frame pointers, good ones and damaged ones.
@Suite struct FrameChainTests {
    private static let kernel: Range<UInt64> = 0x1000..<0x2000
    private static let application: Range<UInt64> = 0x8000..<0xA000
    private static let stacks: [4 of Range<UInt64>] = [kernel, application, 0..<0, 0..<0]

    private func walk(
        from pointer: UInt64, _ words: [UInt64: UInt64]
    ) -> (addresses: [UInt64], end: FrameChain.End?) {
        var chain = FrameChain(from: pointer, stacks: Self.stacks)
        var addresses: [UInt64] = []
        while let frame = chain.next(read: { words[$0] }) { addresses.append(frame.returnAddress) }
        return (addresses, chain.end)
    }

    @Test func theOutermostFunctionEndsIt() {
        let (addresses, end) = walk(
            from: 0x8100, [0x8100: 0x8200, 0x8108: 11, 0x8200: 0, 0x8208: 12])
        #expect(addresses == [11, 12])
        #expect(end == .outermost)
    }

    @Test func theGateLeadsFromTheKernelsStackToTheApplications() {
        let (addresses, end) = walk(
            from: 0x1F00,
            [0x1F00: 0x1FF0, 0x1F08: 1, 0x1FF0: 0x9000, 0x1FF8: 2, 0x9000: 0, 0x9008: 3])
        #expect(addresses == [1, 2, 3])
        #expect(end == .outermost)
    }

    @Test func noStackIsEnteredAgain() {
        let (addresses, end) = walk(
            from: 0x1F00, [0x1F00: 0x9000, 0x1F08: 1, 0x9000: 0x1F80, 0x9008: 2, 0x1F80: 0, 0x1F88: 3])
        #expect(addresses == [1, 2])
        #expect(end == .damaged(pointer: 0x1F80))
    }

    @Test(arguments: [0x8100, 0x80F8, 0x8101, 0x9FF8, 0x7FF8, 0xA000, .max] as [UInt64])
    func aPointerThatDoesNotAscendWithinAStackEndsIt(next: UInt64) {
        let (addresses, end) = walk(from: 0x8100, [0x8100: next, 0x8108: 1])
        #expect(addresses == [1])
        #expect(end == .damaged(pointer: next))
    }

    @Test func memoryThatIsNotThereEndsIt() {
        let (addresses, end) = walk(from: 0x8100, [0x8100: 0x8200])
        #expect(addresses.isEmpty)
        #expect(end == .unreadable(pointer: 0x8100))
    }

    @Test func afterTheEndThereIsNothing() {
        var chain = FrameChain(from: 0, stacks: Self.stacks)
        #expect(chain.next(read: { _ in 0 }) == nil)
        #expect(chain.end == .outermost)
        #expect(chain.next(read: { _ in 0x8100 }) == nil)
    }

    /// Every walk over stacks full of anything ends, reads in the stacks
    /// alone, and goes upwards.
    @Test func garbageNeverLeadsAstray() {
        for seed in 1...UInt64(max(1, fuzzCases / 10)) {
            // Mostly plausible pointers, so that walks are long.
            func word(at address: UInt64) -> UInt64 {
                var generator = SeededGenerator(
                    state: (seed << 20 ^ address) &* 0x9E37_79B9_7F4A_7C15 | 1)
                switch generator.next() % 8 {
                case 0: return generator.next()
                case 1: return 0x1000 + generator.next() % 0x1000
                default: return address + 8 * (generator.next() % 8)
                }
            }
            var chain = FrameChain(from: 0x1000 + 8 * (seed % 64), stacks: Self.stacks)
            var last: UInt64 = 0
            var turns = 0
            var count = 0
            while let frame = chain.next(read: { address in
                #expect(
                    Self.kernel.contains(address) || Self.application.contains(address),
                    "seed \(seed)")
                return word(at: address)
            }) {
                if frame.pointer <= last { turns += 1 }
                last = frame.pointer
                count += 1
                guard count <= 2048 else { break }
            }
            #expect(count <= (0x1000 + 0x2000) / 8, "seed \(seed)")
            #expect(turns <= 1, "seed \(seed)")
            #expect(chain.end != nil, "seed \(seed)")
        }
    }
}
