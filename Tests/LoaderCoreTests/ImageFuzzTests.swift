import LoaderCore
import TestSupport
import Testing

/// Damaged images: nothing traps, and what is accepted is loaded without
/// touching anything else.
@Suite(.serialized, .inTurn)
struct ImageFuzzTests {
    private static let guardSize = 64
    private static let guardByte: UInt8 = 0xC3
    /// Images that take more memory are only read.
    private static let maximumLoad = 0x2_0000

    private func damaged(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        if generator.below(16) == 0 {
            // Random bytes behind a header that is right.
            var bytes = original
            for i in 24..<bytes.count where i >= 64 || i < 52 {
                bytes[i] = UInt8(truncatingIfNeeded: generator.next())
            }
            bytes.put(UInt64(64), at: TestImage.Header.programHeaders)
            return bytes
        }
        var bytes = original
        for _ in 0...generator.below(3) {
            let range =
                switch generator.below(8) {
                case 0: 0..<64
                case 1, 2, 3: 64..<0x238
                case 4: TestImage.notes..<TestImage.relocations
                case 5: TestImage.relocations..<0x358
                case 6: TestImage.dynamic..<0x480
                default: 0..<bytes.count
                }
            mutate(&bytes, in: range, &generator)
        }
        if generator.below(16) == 0 { bytes.removeLast(generator.below(bytes.count)) }
        return bytes
    }

    @Test(.timeLimit(.minutes(10))) func damagedImagesAreRefusedOrLoaded() {
        let original = TestImage().bytes
        var memory = [UInt8](
            repeating: Self.guardByte, count: Self.maximumLoad + 2 * Self.guardSize)
        var loaded = 0
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            let bytes = damaged(original, &generator)
            guard let layout = try? readImage(bytes),
                layout.size <= UInt64(Self.maximumLoad)
            else { continue }
            let size = Int(layout.size)
            let end = Self.guardSize + size
            for i in 0..<Self.guardSize {
                memory[i] = Self.guardByte
                memory[end + i] = Self.guardByte
            }
            do {
                try layout.load(
                    bytes, into: &memory, Self.guardSize..<end,
                    base: layout.isFixed ? layout.linkedAddress : 0x7654_3000)
            } catch {
                Issue.record("accepted, then not loaded: \(error), seed \(seed)")
                return
            }
            loaded += 1
            for i in 0..<Self.guardSize
            where memory[i] != Self.guardByte || memory[end + i] != Self.guardByte {
                Issue.record("wrote outside of the image, seed \(seed)")
                return
            }
        }
        // The damage must not be so bad that loading is never tried.
        #expect(loaded > fuzzCases / 100)
    }

    @Test(.timeLimit(.minutes(10))) func randomBytesAreRefused() {
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            var bytes = [UInt8](repeating: 0, count: generator.below(32) * 8)
            for i in stride(from: 0, to: bytes.count, by: 8) { bytes.put(generator.next(), at: i) }
            if bytes.count >= 4, generator.below(2) == 0 { bytes.put("\u{7F}ELF", at: 0) }
            if (try? readImage(bytes)) != nil {
                Issue.record("random bytes are an image, seed \(seed)")
                return
            }
        }
    }
}
