/// A small image, made by hand: the four segments, the notes, the thread-local
/// storage and every kind of relocation that a Hermit image may have.
///
///     file          address  what
///     0x000..0x358  0x0000   headers, notes, symbols, relocations (R)
///     0x360..0x3A0  0x1360   code (RX)
///     0x3A0..0x480  0x23A0   eight relocated words, dynamic section (RW)
///     0x480..0x500  0x3480   data and zeroes (RW), thread-local storage at its start
struct TestImage {
    var bytes: [UInt8]

    /// Offsets in the ELF header.
    enum Header {
        static let kind = 4, order = 5, identVersion = 6, system = 7, type = 16, machine = 18
        static let version = 20, entry = 24, programHeaders = 32, size = 52, entrySize = 54
        static let count = 56
    }

    /// Offsets in a program header.
    enum Field {
        static let type = 0, flags = 4, offset = 8, address = 16, fileSize = 32
        static let memorySize = 40, alignment = 48
    }

    /// Which program header is which.
    enum Segment: Int {
        case headers, constants, code, relocated, data, dynamic, storage, note, stack
    }

    static let notes = 0x238
    static let symbols = 0x270
    static let relocations = 0x2D0
    static let compact = 0x348
    static let dynamic = 0x3E0
    static let entry: UInt64 = 0x1360
    /// Where the words that the table with addends relocates lie in memory.
    static let words = 0x23A0
    /// Bytes in memory, in whole pages.
    static let memorySize = 0x6000

    static func place(_ segment: Segment, _ field: Int) -> Int { 64 + 56 * segment.rawValue + field }

    mutating func set(_ segment: Segment, _ field: Int, _ value: UInt64) {
        bytes.put(value, at: Self.place(segment, field))
    }

    mutating func set(flags: UInt32, of segment: Segment) {
        bytes.put(flags, at: Self.place(segment, Field.flags))
    }

    mutating func set(type: UInt32, of segment: Segment) {
        bytes.put(type, at: Self.place(segment, Field.type))
    }

    mutating func setRelocation(
        _ index: Int, place: UInt64, type: UInt32, symbol: UInt32 = 0, addend: UInt64 = 0
    ) {
        let at = Self.relocations + 24 * index
        bytes.put(place, at: at)
        bytes.put(type, at: at + 8)
        bytes.put(symbol, at: at + 12)
        bytes.put(addend, at: at + 16)
    }

    mutating func setDynamic(_ index: Int, tag: UInt64, value: UInt64) {
        bytes.put(tag, at: Self.dynamic + 16 * index)
        bytes.put(value, at: Self.dynamic + 16 * index + 8)
    }

    private mutating func addSegment(
        _ segment: Segment, type: UInt32, flags: UInt32, offset: UInt64, address: UInt64,
        fileSize: UInt64, memorySize: UInt64, alignment: UInt64
    ) {
        set(type: type, of: segment)
        set(flags: flags, of: segment)
        set(segment, Field.offset, offset)
        set(segment, Field.address, address)
        set(segment, Field.address + 8, address)
        set(segment, Field.fileSize, fileSize)
        set(segment, Field.memorySize, memorySize)
        set(segment, Field.alignment, alignment)
    }

    private mutating func addSymbol(_ index: Int, info: UInt8, section: UInt16, value: UInt64) {
        let at = Self.symbols + 24 * index
        bytes.put(info, at: at + 4)
        bytes.put(section, at: at + 6)
        bytes.put(value, at: at + 8)
    }

    init() {
        bytes = [UInt8](repeating: 0, count: 0x500)
        bytes.put("\u{7F}ELF", at: 0)
        bytes[Header.kind] = 2
        bytes[Header.order] = 1
        bytes[Header.identVersion] = 1
        bytes[Header.system] = 255
        bytes.put(UInt16(3), at: Header.type)
        bytes.put(UInt16(62), at: Header.machine)
        bytes.put(UInt32(1), at: Header.version)
        bytes.put(Self.entry, at: Header.entry)
        bytes.put(UInt64(64), at: Header.programHeaders)
        bytes.put(UInt16(64), at: Header.size)
        bytes.put(UInt16(56), at: Header.entrySize)
        bytes.put(UInt16(9), at: Header.count)

        addSegment(
            .headers, type: 6, flags: 4, offset: 64, address: 64, fileSize: 0x1F8,
            memorySize: 0x1F8, alignment: 8)
        addSegment(
            .constants, type: 1, flags: 4, offset: 0, address: 0, fileSize: 0x358,
            memorySize: 0x358, alignment: 4096)
        addSegment(
            .code, type: 1, flags: 5, offset: 0x360, address: 0x1360, fileSize: 0x40,
            memorySize: 0x40, alignment: 4096)
        addSegment(
            .relocated, type: 1, flags: 6, offset: 0x3A0, address: 0x23A0, fileSize: 0xE0,
            memorySize: 0xC60, alignment: 4096)
        addSegment(
            .data, type: 1, flags: 6, offset: 0x480, address: 0x3480, fileSize: 0x80,
            memorySize: 0x2000, alignment: 4096)
        addSegment(
            .dynamic, type: 2, flags: 6, offset: 0x3E0, address: 0x23E0, fileSize: 0xA0,
            memorySize: 0xA0, alignment: 8)
        addSegment(
            .storage, type: 7, flags: 4, offset: 0x480, address: 0x3480, fileSize: 16,
            memorySize: 32, alignment: 16)
        addSegment(
            .note, type: 4, flags: 4, offset: 0x238, address: 0x238, fileSize: 0x38,
            memorySize: 0x38, alignment: 4)
        addSegment(
            .stack, type: 0x6474_E551, flags: 6, offset: 0, address: 0, fileSize: 0, memorySize: 0,
            alignment: 0)

        bytes.put(UInt32(7), at: Self.notes)
        bytes.put(UInt32(1), at: Self.notes + 4)
        bytes.put(UInt32(0x5A00), at: Self.notes + 8)
        bytes.put("HERMIT", at: Self.notes + 12)
        bytes[Self.notes + 20] = 4
        bytes.put(UInt32(4), at: 0x250)
        bytes.put(UInt32(16), at: 0x254)
        bytes.put(UInt32(1), at: 0x258)
        bytes.put("GNU", at: 0x25C)
        bytes.put(UInt32(6), at: 0x260)

        addSymbol(1, info: 0x11, section: 4, value: 0x34C0)
        addSymbol(2, info: 0x20, section: 0, value: 0)
        addSymbol(3, info: 0x10, section: 0xFFF1, value: 0x1234)

        setRelocation(0, place: 0x23A0, type: 8, addend: Self.entry)
        setRelocation(1, place: 0x23A8, type: 8, addend: 0x3490)
        setRelocation(2, place: 0x23B0, type: 1, symbol: 1, addend: 8)
        setRelocation(3, place: 0x23B8, type: 6, symbol: 2, addend: 99)
        setRelocation(4, place: 0x23C0, type: 6, symbol: 3)
        bytes.put(UInt64(0x3490), at: Self.compact)
        bytes.put(UInt64(0b1011), at: Self.compact + 8)

        for i in 0x360..<0x3A0 { bytes[i] = 0xF4 }
        setDynamic(0, tag: 6, value: UInt64(Self.symbols))
        setDynamic(1, tag: 7, value: UInt64(Self.relocations))
        setDynamic(2, tag: 8, value: 120)
        setDynamic(3, tag: 9, value: 24)
        setDynamic(4, tag: 36, value: UInt64(Self.compact))
        setDynamic(5, tag: 35, value: 16)
        setDynamic(6, tag: 37, value: 8)

        bytes.put(UInt64(0x1111_2222_3333_4444), at: 0x480)
        bytes.put(Self.entry, at: 0x490)
        bytes.put(UInt64(0x3480), at: 0x498)
        bytes.put(UInt64(0x5555), at: 0x4A0)
        bytes.put(UInt64(0x3488), at: 0x4A8)
    }
}
