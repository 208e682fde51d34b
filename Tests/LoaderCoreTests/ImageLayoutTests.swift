import KernelSupport
import LoaderCore
import Testing

/// A small image, put together byte by byte, whose fields a test may change.
struct ImageBuilder {
    var bytes: [UInt8]

    /// Code at 0x1000, data with one RELATIVE relocation at 0x2000, a note.
    init() {
        bytes = [UInt8](repeating: 0, count: 0x3000)
        set(0, [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 255])
        set16(16, 3)
        set16(18, 62)
        set32(20, 1)
        set64(24, 0x1000)
        set64(32, 64)
        set16(52, 64)
        set16(54, 56)
        set16(56, 5)
        header(0, type: 1, flags: 4, offset: 0, size: 0x400, align: 0x1000)
        header(1, type: 1, flags: 5, offset: 0x1000, size: 0x10, align: 0x1000)
        header(2, type: 1, flags: 6, offset: 0x2000, size: 0x100, memory: 0x200, align: 0x1000)
        header(3, type: 4, flags: 4, offset: 0x200, size: 24, align: 4)
        header(4, type: 2, flags: 6, offset: 0x2000, size: 64, align: 8)
        set32(0x200, 7)
        set32(0x204, 1)
        set32(0x208, 0x5A00)
        set(0x20C, Array("HERMIT\0".utf8))
        bytes[0x214] = 4
        // DT_RELA, DT_RELASZ, DT_RELAENT
        set64(0x2000, 7)
        set64(0x2008, 0x300)
        set64(0x2010, 8)
        set64(0x2018, 24)
        set64(0x2020, 9)
        set64(0x2028, 24)
        set64(0x300, 0x2080)
        set64(0x308, 8)
        set64(0x310, 0x1004)
    }

    mutating func set(_ at: Int, _ new: [UInt8]) { bytes.replaceSubrange(at..<at + new.count, with: new) }
    mutating func set16(_ at: Int, _ value: UInt16) { for i in 0..<2 { bytes[at + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) } }
    mutating func set32(_ at: Int, _ value: UInt32) { for i in 0..<4 { bytes[at + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) } }
    mutating func set64(_ at: Int, _ value: UInt64) { for i in 0..<8 { bytes[at + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) } }

    mutating func header(
        _ index: Int, type: UInt32, flags: UInt32, offset: UInt64, size: UInt64,
        memory: UInt64? = nil, align: UInt64
    ) {
        let at = 64 + index * 56
        set32(at, type)
        set32(at + 4, flags)
        set64(at + 8, offset)
        set64(at + 16, offset)
        set64(at + 32, size)
        set64(at + 40, memory ?? size)
        set64(at + 48, align)
    }

    func error() -> ImageError? {
        do throws(ImageError) {
            _ = try ImageLayout(bytes.span.bytes)
            return nil
        } catch { return error }
    }
}

@Suite struct ImageLayoutTests {
    private func error(_ change: (inout ImageBuilder) -> Void) -> ImageError? {
        var builder = ImageBuilder()
        change(&builder)
        return builder.error()
    }

    @Test func aGoodImageIsLoadedAndRelocated() throws {
        let file = ImageBuilder().bytes
        let image = try ImageLayout(file.span.bytes)
        #expect(image.size == 0x3000)
        #expect(image.entry == 0x1000)
        var memory = [UInt8](repeating: 0xEE, count: Int(image.size))
        var span = memory.mutableSpan
        var raw = span.mutableBytes
        try image.load(file.span.bytes, into: &raw, base: 0x70_0000)
        #expect(memory.span.bytes.value(at: 0x2080, as: UInt64.self) == 0x70_1004)
        #expect(memory[0x2100...0x2FFF].allSatisfy { $0 == 0 })
    }

    @Test func everyFaultHasItsName() {
        #expect(error { $0.bytes = [1, 2] } == .truncatedHeader)
        #expect(error { $0.bytes = Array($0.bytes.prefix(40)) } == .truncatedHeader)
        #expect(error { $0.bytes[0] = 0 } == .notELF)
        #expect(error { $0.bytes[4] = 1 } == .not64Bit)
        #expect(error { $0.bytes[5] = 2 } == .notLittleEndian)
        #expect(error { $0.set16(16, 1) } == .wrongType)
        #expect(error { $0.set16(18, 183) } == .wrongMachine)
        #expect(error { $0.set16(54, 32) } == .badHeaderSize)
        #expect(error { $0.set64(32, 0x2FFF) } == .headersOutside)
        #expect(error { $0.set16(56, 0) } == .noSegments)
        #expect(error { $0.bytes = Array($0.bytes.prefix(0x1008)) } == .segmentOutsideFile)
        #expect(error { $0.set64(64 + 112 + 40, 0x10) } == .fileSizeOverMemorySize)
        #expect(error { $0.set64(64 + 112 + 40, 1 << 40) } == .segmentTooLarge)
        #expect(error { $0.set64(64 + 56 + 48, 3) } == .badAlignment)
        #expect(error { $0.set64(64 + 56 + 16, 0) } == .overlappingSegments)
        #expect(error { $0.set32(64 + 112 + 4, 7) } == .writableCode)
        #expect(error { $0.set32(64 + 168, 3) } == .needsInterpreter)
        #expect(error { $0.set32(0x208, 1) } == .noHermitNote)
        #expect(error { $0.bytes[0x214] = 3 } == .wrongHermitVersion)
        #expect(error { $0.set64(24, 0x2000) } == .entryOutside)
        #expect(error { $0.set64(0x2000, 1) } == .needsLibraries)
        #expect(error { $0.set64(0x2018, 25) } == .badRelocationTable)
        #expect(error { $0.set64(0x308, 7) } == .unsupportedRelocation)
        #expect(error { $0.set64(0x300, 0x1000) } == .relocationOutside)
        #expect(error { $0.set64(0x300, 0x21FD) } == .relocationOutside)
        #expect(error { $0.set64(0x300, .max) } == .relocationOutside)
        #expect(error { _ in } == nil)
    }

    /// A generator whose numbers a seed repeats (xorshift64*).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 0x2545_F491_4F6C_DD1D
        }
    }

    @Test(.timeLimit(.minutes(5))) func changedImagesAreRefusedOrStayInside() {
        let good = ImageBuilder()
        // Only the fields that the reader looks at are changed.
        let places = [0..<64, 64..<344, 0x200..<0x218, 0x300..<0x318, 0x2000..<0x2030]
        var memory = [UInt8](repeating: 0, count: 0x8000)
        var builder = good
        for seed in 1...UInt64(fuzzCases) {
            var generator = Generator(state: seed)
            var changed: [Int] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = places.randomElement(using: &generator)!.randomElement(using: &generator)!
                builder.bytes[at] = UInt8.random(in: 0...255, using: &generator)
                changed.append(at)
            }
            do throws(ImageError) {
                let image = try ImageLayout(builder.bytes.span.bytes)
                if image.size <= 0x4000 {
                    let end = 0x2000 + Int(image.size)
                    for i in 0..<8 {
                        memory[0x1FF8 + i] = 0xEE
                        memory[end + i] = 0xEE
                    }
                    var span = memory.mutableSpan
                    var all = span.mutableBytes
                    var part = all._mutatingExtracting(0x2000..<0x2000 + Int(image.size))
                    try image.load(
                        builder.bytes.span.bytes, into: &part,
                        base: image.isFixed ? image.linkedAddress : 0x10_0000)
                    let isWhole = (0..<8).allSatisfy {
                        memory[0x1FF8 + $0] == 0xEE && memory[end + $0] == 0xEE
                    }
                    if !isWhole {
                        Issue.record("a write outside of the image, seed \(seed)")
                        return
                    }
                }
            } catch {}
            for at in changed { builder.bytes[at] = good.bytes[at] }
        }
    }
}
