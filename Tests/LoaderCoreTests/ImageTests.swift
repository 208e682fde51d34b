import LoaderCore
import Testing

/// What happens to one fault put into an image that is right otherwise.
struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let error: ImageError
    let damage: @Sendable (inout TestImage) -> Void
    var testDescription: String { name }

    init(_ name: String, _ error: ImageError, _ damage: @escaping @Sendable (inout TestImage) -> Void) {
        self.name = name
        self.error = error
        self.damage = damage
    }
}

private typealias Header = TestImage.Header
private typealias Field = TestImage.Field

private let headerFaults: [Fault] = [
    Fault("no bytes", .truncatedHeader) { $0.bytes = [] },
    Fault("cut off in the header", .truncatedHeader) { $0.bytes.removeLast($0.bytes.count - 40) },
    Fault("text", .notELF) { $0.bytes = Array("#!/bin/sh\necho hello\n".utf8) },
    Fault("32-bit", .not64Bit) { $0.bytes[Header.kind] = 1 },
    Fault("big-endian", .notLittleEndian) { $0.bytes[Header.order] = 2 },
    Fault("version of the identification", .badVersion) { $0.bytes[Header.identVersion] = 2 },
    Fault("version", .badVersion) { $0.bytes[Header.version] = 0 },
    Fault("object file", .wrongType) { $0.bytes[Header.type] = 1 },
    Fault("core dump", .wrongType) { $0.bytes[Header.type] = 4 },
    Fault("aarch64", .wrongMachine) { $0.bytes[Header.machine] = 183 },
    Fault("header size", .badHeaderSize) { $0.bytes[Header.size] = 52 },
    Fault("program header size", .badHeaderSize) { $0.bytes[Header.entrySize] = 32 },
    Fault("no program headers", .noSegments) { $0.bytes[Header.count] = 0 },
    Fault("65535 program headers", .tooManyHeaders) {
        $0.bytes.put(UInt16.max, at: Header.count)
    },
    Fault("program headers behind the end", .headersOutside) {
        $0.bytes.put(UInt64(0x500), at: Header.programHeaders)
    },
    Fault("program headers over the address space", .headersOutside) {
        $0.bytes.put(UInt64.max - 7, at: Header.programHeaders)
    },
    Fault("program headers cut off", .headersOutside) { $0.bytes.removeLast(0x500 - 0x100) },
    Fault("program headers outside of the segments", .headersNotLoaded) {
        $0.set(.constants, Field.offset, 0)
        $0.set(.constants, Field.fileSize, 0x100)
    },
    Fault("entry outside", .entryOutside) { $0.bytes.put(UInt64(0x9000), at: Header.entry) },
    Fault("entry in data", .entryOutside) { $0.bytes.put(UInt64(0x3480), at: Header.entry) },
    Fault("entry between segments", .entryOutside) {
        $0.bytes.put(UInt64(0x1000), at: Header.entry)
    },
]

private let segmentFaults: [Fault] = [
    Fault("nothing to load", .noSegments) {
        for segment in [TestImage.Segment.constants, .code, .relocated, .data] {
            $0.set(type: 0, of: segment)
        }
    },
    Fault("file cut off", .segmentOutsideFile) { $0.bytes.removeLast() },
    Fault("segment's offset over the end", .segmentOutsideFile) {
        $0.set(.data, Field.offset, 0xFFFF_FFFF_FFFF_F480)
    },
    Fault("segment's size over the end", .segmentOutsideFile) {
        $0.set(.data, Field.fileSize, 0x1000)
    },
    Fault("more in the file than in memory", .fileSizeOverMemorySize) {
        $0.set(.data, Field.memorySize, 0x7F)
    },
    Fault("segment of 2 GiB", .segmentTooLarge) { $0.set(.data, Field.memorySize, 0x8000_0001) },
    Fault("segment of 16 EiB", .segmentTooLarge) { $0.set(.data, Field.memorySize, UInt64.max) },
    Fault("segment at the address space's end", .segmentTooLarge) {
        $0.set(.data, Field.address, 0xFFFF_FFFF_FFFF_F480)
    },
    Fault("image over 2 GiB", .segmentTooLarge) { $0.set(.data, Field.address, 0x8000_0480) },
    Fault("alignment no power of two", .badAlignment) {
        $0.set(.data, Field.alignment, 0x1001)
    },
    Fault("alignment not congruent", .badAlignment) { $0.set(.data, Field.address, 0x3488) },
    Fault("alignment impossible", .badAlignment) {
        $0.set(.constants, Field.alignment, 1 << 63)
    },
    Fault("segments overlap", .overlappingSegments) { $0.set(.code, Field.memorySize, 0x1041) },
    Fault("segments out of order", .overlappingSegments) { $0.set(.relocated, Field.address, 0x3A0) },
    Fault("segments share a page", .overlappingSegments) {
        $0.set(.data, Field.address, 0x2480)
    },
    Fault("writable code", .writableCode) { $0.set(flags: 7, of: .code) },
    Fault("seventeen segments", .tooManySegments) { image in
        // The headers move behind the file's end.
        var headers: [UInt8] = []
        for i in 0..<17 {
            var header = Array(image.bytes[64 + 56..<64 + 112])
            header.put(UInt64(0x1000 * i), at: Field.address)
            headers += header
        }
        image.bytes.put(UInt64(image.bytes.count), at: Header.programHeaders)
        image.bytes.put(UInt16(17), at: Header.count)
        image.bytes += headers
    },
    Fault("interpreter", .needsInterpreter) { $0.set(type: 3, of: .stack) },
    Fault("two dynamic sections", .badDynamicSection) {
        $0.set(type: 2, of: .stack)
        $0.set(.stack, Field.fileSize, 16)
    },
    Fault("dynamic section outside", .badDynamicSection) { $0.set(.dynamic, Field.offset, 0x4FF) },
]

private let contentFaults: [Fault] = [
    Fault("no note", .noHermitNote) { $0.set(type: 0, of: .note) },
    Fault("another note only", .noHermitNote) { $0.bytes.put("HERMIX", at: TestImage.notes + 12) },
    Fault("note of another type", .noHermitNote) { $0.bytes[TestImage.notes + 8] = 1 },
    Fault("note of version 3", .wrongHermitVersion) { $0.bytes[TestImage.notes + 20] = 3 },
    Fault("notes outside", .badNote) { $0.set(.note, Field.offset, 0x500) },
    Fault("note's name outside", .badNote) {
        $0.bytes.put(UInt32.max, at: TestImage.notes)
    },
    Fault("note's content outside", .badNote) {
        $0.bytes.put(UInt32(0x100), at: TestImage.notes + 4)
    },
    Fault("two thread-local storages", .badThreadStorage) {
        for i in 0..<56 { $0.bytes[64 + 56 * 8 + i] = $0.bytes[64 + 56 * 6 + i] }
    },
    Fault("thread-local storage outside", .badThreadStorage) {
        $0.set(.storage, Field.address, 0x5478)
    },
    Fault("thread-local storage larger in the file", .badThreadStorage) {
        $0.set(.storage, Field.fileSize, 33)
    },
    Fault("thread-local storage aligned to 3", .badThreadStorage) {
        $0.set(.storage, Field.alignment, 3)
    },
    Fault("shared library", .needsLibraries) { $0.setDynamic(7, tag: 1, value: 1) },
    Fault("relocations' size", .badRelocationTable) { $0.setDynamic(2, tag: 8, value: 119) },
    Fault("relocations outside", .badRelocationTable) {
        $0.setDynamic(1, tag: 7, value: 0x9000)
    },
    Fault("relocations in zeroes", .badRelocationTable) { $0.setDynamic(1, tag: 7, value: 0x3500) },
    Fault("relocations of another size", .badRelocationTable) { $0.setDynamic(3, tag: 9, value: 16) },
    Fault("relocations without addends", .badRelocationTable) {
        $0.setDynamic(7, tag: 18, value: 16)
    },
    Fault("relocations of procedures", .unsupportedRelocation(7)) {
        $0.setDynamic(7, tag: 2, value: 24)
    },
    Fault("compact relocations' size", .badRelocationTable) { $0.setDynamic(5, tag: 35, value: 12) },
    Fault("compact relocations' entries", .badRelocationTable) {
        $0.setDynamic(6, tag: 37, value: 4)
    },
    Fault("bits without an address", .badRelocationTable) {
        $0.bytes.put(UInt64(3), at: TestImage.compact)
    },
    Fault("compact relocation outside", .relocationOutside) {
        $0.bytes.put(UInt64(0x547A), at: TestImage.compact)
    },
    Fault("compact relocation's bits outside", .relocationOutside) {
        $0.bytes.put(UInt64(0x5470), at: TestImage.compact)
    },
    Fault("relocation in code", .relocationOutside) {
        $0.setRelocation(0, place: 0x1360, type: 8)
    },
    Fault("relocation in constants", .relocationOutside) {
        $0.setRelocation(0, place: 0x100, type: 8)
    },
    Fault("relocation behind the end", .relocationOutside) {
        $0.setRelocation(0, place: 0x5479, type: 8)
    },
    Fault("relocation between segments", .relocationOutside) {
        $0.setRelocation(0, place: 0x3000, type: 8)
    },
    Fault("relocation at the address space's end", .relocationOutside) {
        $0.setRelocation(0, place: UInt64.max - 3, type: 8)
    },
    Fault("PC-relative relocation", .unsupportedRelocation(2)) {
        $0.setRelocation(0, place: 0x23A0, type: 2)
    },
    Fault("indirect function", .unsupportedRelocation(37)) {
        $0.setRelocation(0, place: 0x23A0, type: 37)
    },
    Fault("symbol outside of the table's segment", .badSymbol) {
        $0.setRelocation(2, place: 0x23B0, type: 1, symbol: 1000)
    },
    Fault("symbol at the address space's end", .badSymbol) {
        $0.setRelocation(2, place: 0x23B0, type: 1, symbol: UInt32.max)
    },
    Fault("no symbols", .badSymbol) { $0.setDynamic(0, tag: 5, value: 0) },
    Fault("symbol's value outside", .badSymbol) {
        $0.bytes.put(UInt64(0x6001), at: TestImage.symbols + 24 + 8)
    },
    Fault("undefined symbol", .undefinedSymbol) {
        $0.bytes[TestImage.symbols + 48 + 4] = 0x10
    },
]

@Suite struct ImageTests {
    private func layout(_ image: TestImage) throws -> ImageLayout {
        try readImage(image.bytes)
    }

    @Test func headersOfAnImage() throws {
        let layout = try layout(TestImage())
        #expect(layout.segmentCount == 4)
        #expect(layout.linkedAddress == 0)
        #expect(layout.size == UInt64(TestImage.memorySize))
        #expect(layout.alignment == 4096)
        #expect(layout.entry == TestImage.entry)
        #expect(!layout.isFixed)
        #expect(layout.hasHermitABI)
        #expect(layout[1].rights == [.read, .execute])
        #expect(layout[3].offset == 0x3480)
        #expect(layout[3].memorySize == 0x2000)
        let storage = try #require(layout.threadStorage)
        #expect(storage.offset == 0x3480)
        #expect((storage.fileSize, storage.memorySize, storage.alignment) == (16, 32, 16))
        #expect(layout.relocations?.count == 5)
    }

    @Test func loadedAndRelocated() throws {
        let image = TestImage()
        let layout = try layout(image)
        let base: UInt64 = 0x4000_0000
        var memory = [UInt8](repeating: 0xEE, count: TestImage.memorySize)
        try layout.load(image.bytes, into: &memory, base: base)

        var expected = [UInt8](repeating: 0, count: TestImage.memorySize)
        func copy(_ file: Range<Int>, to address: Int) {
            for i in file { expected[address + i - file.lowerBound] = image.bytes[i] }
        }
        copy(0..<0x358, to: 0)
        copy(0x360..<0x3A0, to: 0x1360)
        copy(0x3A0..<0x480, to: 0x23A0)
        copy(0x480..<0x500, to: 0x3480)
        expected.put(base + TestImage.entry, at: 0x23A0)
        expected.put(base + 0x3490, at: 0x23A8)
        expected.put(base + 0x34C0 + 8, at: 0x23B0)
        expected.put(UInt64(0), at: 0x23B8)
        expected.put(UInt64(0x1234), at: 0x23C0)
        expected.put(base + TestImage.entry, at: 0x3490)
        expected.put(base + 0x3480, at: 0x3498)
        expected.put(base + 0x3488, at: 0x34A8)
        #expect(memory == expected)
    }

    @Test func anImageLinkedToAnotherAddressRunsAnywhere() throws {
        var image = TestImage()
        let shift: UInt64 = 0x40_0000
        for segment in 0..<8 {
            let at = 64 + 56 * segment + Field.address
            image.bytes.put(image.bytes.word(at: at) + shift, at: at)
        }
        image.bytes.put(TestImage.entry + shift, at: Header.entry)
        image.setDynamic(0, tag: 6, value: UInt64(TestImage.symbols) + shift)
        image.setDynamic(1, tag: 7, value: UInt64(TestImage.relocations) + shift)
        image.setDynamic(2, tag: 8, value: 24)
        image.setDynamic(4, tag: 36, value: UInt64(TestImage.compact) + shift)
        image.setRelocation(0, place: 0x23A0 + shift, type: 8, addend: TestImage.entry + shift)
        image.bytes.put(0x3490 + shift, at: TestImage.compact)
        let layout = try layout(image)
        #expect(layout.linkedAddress == shift)
        #expect(layout.entry == TestImage.entry)
        var memory = [UInt8](repeating: 0xEE, count: Int(layout.size))
        try layout.load(image.bytes, into: &memory, base: 0x20_0000)
        #expect(memory.word(at: TestImage.words) == 0x20_0000 + TestImage.entry)
    }

    @Test func aFixedImageLoadsAtItsAddressOnly() throws {
        var image = TestImage()
        image.bytes[Header.type] = 2
        let layout = try layout(image)
        #expect(layout.isFixed)
        var memory = [UInt8](repeating: 0, count: Int(layout.size))
        #expect(throws: ImageError.fixedAddress) {
            try layout.load(image.bytes, into: &memory, base: 0x1000)
        }
    }

    @Test func tooLittleRoomIsAnError() throws {
        let image = TestImage()
        let layout = try layout(image)
        var memory = [UInt8](repeating: 0xEE, count: TestImage.memorySize - 1)
        #expect(throws: ImageError.noRoom) {
            try layout.load(image.bytes, into: &memory, base: 0x1000)
        }
        #expect(memory.allSatisfy { $0 == 0xEE })
    }

    @Test func whatALinkerMayLeaveOutIsNotMissed() throws {
        var image = TestImage()
        image.bytes[Header.system] = 0
        image.set(type: 0, of: .dynamic)
        image.set(type: 0, of: .storage)
        let layout = try layout(image)
        #expect(!layout.hasHermitABI)
        #expect(layout.relocations == nil)
        #expect(layout.threadStorage == nil)
    }

    @Test(arguments: headerFaults + segmentFaults + contentFaults)
    func faultIsNamed(_ fault: Fault) {
        var image = TestImage()
        fault.damage(&image)
        #expect(throws: fault.error) { try layout(image) }
        #expect(fault.error.message.utf8CodeUnitCount > 0)
    }

    /// The magic number, class, byte order and version; machine and version; the sizes
    /// of the headers: every bit of them.
    @Test(arguments: Array(0..<7) + Array(18..<24) + Array(52..<56))
    func everyFixedBitCounts(byte: Int) {
        for bit in 0..<8 {
            var image = TestImage()
            image.bytes[byte] ^= 1 << UInt8(bit)
            #expect(throws: ImageError.self, "bit \(bit)") { try layout(image) }
        }
    }

    @Test func everyTruncationIsAnError() {
        let whole = TestImage().bytes
        for count in 0..<whole.count {
            let cut = TestImage(bytes: Array(whole[0..<count]))
            #expect(throws: ImageError.self, "\(count) bytes") { try layout(cut) }
        }
    }
}

extension TestImage {
    init(bytes: [UInt8]) { self.bytes = bytes }
}
