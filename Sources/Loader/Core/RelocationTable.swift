import KernelSupport

/// An image's relocations: System V ABI, AMD64 supplement, 4.4,
/// and the compact table of addresses (generic ABI, SHT_RELR).
public struct RelocationTable: Sendable {
    /// Where the entries with addends start in the file.
    private let fileOffset: UInt64
    /// Entries with addends.
    public let count: UInt64
    /// Where the compact table starts in the file.
    private let compactOffset: UInt64
    private let compactCount: UInt64
    /// The symbols' address, 0: none.
    private let symbols: UInt64

    private static let entrySize: UInt64 = 24
    private static let symbolSize: UInt64 = 24
    /// Bytes that a relocation changes.
    private static let wordSize: UInt64 = 8

    /// Tags of the dynamic section, all below 64.
    private enum Tag {
        static let end: UInt64 = 0
        static let needed = 1
        static let linkageSize = 2
        static let symbolTable = 6
        static let relocations = 7
        static let relocationsSize = 8
        static let relocationSize = 9
        static let implicitRelocationsSize = 18
        static let compactSize = 35
        static let compact = 36
        static let compactEntrySize = 37
    }

    enum Kind {
        static let none: UInt32 = 0
        static let absolute: UInt32 = 1
        static let globalData: UInt32 = 6
        static let jumpSlot: UInt32 = 7
        static let relative: UInt32 = 8
    }

    /// Reads the dynamic section in the file; `nil` when it says that there are none.
    @inline(__always)
    init?(
        _ file: RawSpan, _ image: inout ImageLayout, at start: UInt64, size: UInt64
    ) throws(ImageError) {
        // What each known tag says last, and which were there.
        var values: InlineArray<64, UInt64> = .init(repeating: 0)
        // What is not said is right.
        values[Tag.relocationSize] = Self.entrySize
        values[Tag.compactEntrySize] = Self.wordSize
        var tags: UInt64 = 0
        var offset: UInt64 = 0
        while size &- offset >= 16 {
            // The section lies in the file: no sum is too large.
            guard let entry: InlineArray<2, UInt64> = file.words(at: start &+ offset) else {
                throw .badDynamicSection
            }
            let tag = entry[0]
            offset &+= 16
            if tag == Tag.end { break }
            guard tag < 64 else { continue }
            values[Int(truncatingIfNeeded: tag)] = entry[1]
            tags |= 1 &<< tag
        }
        guard tags & (1 &<< Tag.needed) == 0 else { throw .needsLibraries }
        // A table of its own, for procedures of shared libraries.
        guard values[Tag.linkageSize] == 0 else { throw .unsupportedRelocation(Kind.jumpSlot) }
        // Without addends: not used on x86-64.
        let sizes =
            values[Tag.implicitRelocationsSize]
            | (values[Tag.relocationSize] ^ Self.entrySize)
            | (values[Tag.compactEntrySize] ^ Self.wordSize)
        guard sizes == 0 else { throw .badRelocationTable }
        let (bytes, compactBytes) = (values[Tag.relocationsSize], values[Tag.compactSize])
        guard bytes | compactBytes != 0 else { return nil }
        fileOffset = try Self.place(&image, values[Tag.relocations], bytes, Self.entrySize)
        count = bytes / Self.entrySize
        compactOffset = try Self.place(&image, values[Tag.compact], compactBytes, Self.wordSize)
        compactCount = compactBytes / Self.wordSize
        symbols = values[Tag.symbolTable]
    }

    /// Where a table lies in the file.
    private static func place(
        _ image: inout ImageLayout, _ address: UInt64, _ size: UInt64, _ entry: UInt64
    ) throws(ImageError) -> UInt64 {
        if size == 0 { return 0 }
        guard size % entry == 0, let place = image.fileOffset(ofAddress: address, count: size)
        else { throw .badRelocationTable }
        return place
    }

    // MARK: - Checks

    /// The writable segment that a word was found in last: nearly always the next one's too.
    private struct WritableWindow {
        private var first: UInt64 = 1
        /// The last position at which a word fits.
        private var last: UInt64 = 0

        /// Whether a word at a linked address lies in a writable segment.
        @inline(__always)
        mutating func holds(_ address: UInt64, _ image: inout ImageLayout) -> Bool {
            if address >= first && address <= last { return true }
            return find(address, &image)
        }

        @inline(never)
        private mutating func find(_ address: UInt64, _ image: inout ImageLayout) -> Bool {
            // Below the image the position is huge.
            guard let index = image.segment(address &- image.linkedAddress, wordSize) else {
                return false
            }
            let segment = image.element(index)
            guard segment.rights.contains(.write) else { return false }
            // Addresses have less than 48 bits.
            first = image.linkedAddress &+ segment.offset
            last = first &+ segment.memorySize &- wordSize
            return true
        }

        /// Whether words at both addresses lie in the same segment, and so all between.
        @inline(__always)
        mutating func holds(
            _ address: UInt64, through end: UInt64, _ image: inout ImageLayout
        ) -> Bool {
            holds(address, &image) && end >= first && end <= last
        }
    }

    /// Checks all of them.
    func check(_ file: RawSpan, _ image: inout ImageLayout) throws(ImageError) {
        try forEach(file, &image, slide: 0, set: { _, _ in true }, move: { _ in true })
    }

    /// Checks each of them, and then applies it to the image in `memory`, which
    /// will run at `base`.
    @inline(__always)
    func apply(
        _ file: RawSpan, _ image: inout ImageLayout, to memory: inout MutableRawSpan, base: UInt64
    ) throws(ImageError) {
        let slide = base &- image.linkedAddress
        try forEach(
            file, &image, slide: slide,
            set: { offset, value in memory.store(value, at: offset) },
            move: { offset in
                guard let value = memory.bytes.value(at: offset, as: UInt64.self) else {
                    return false
                }
                return memory.store(value &+ slide, at: offset)
            })
    }

    /// Runs `set` with the offset of every word that gets a value, and `move` with
    /// the offset of every word that moves with the image, all checked: each lies
    /// in a writable segment.
    @inline(__always)
    private func forEach(
        _ file: RawSpan, _ image: inout ImageLayout, slide: UInt64,
        set: (_ offset: UInt64, _ value: UInt64) -> Bool, move: (_ offset: UInt64) -> Bool
    ) throws(ImageError) {
        var window = WritableWindow()
        var i: UInt64 = 0
        while i < count {
            let relocation = try read(file, i)
            i &+= 1
            var value = relocation.addend &+ slide
            if relocation.kind != Kind.relative {
                switch relocation.kind {
                case Kind.none: continue
                case Kind.absolute, Kind.globalData: break
                default: throw .unsupportedRelocation(relocation.kind)
                }
                let symbol = try symbol(file, &image, relocation.symbol)
                // GLOB_DAT has no addend.
                let addend = relocation.kind == Kind.absolute ? relocation.addend : 0
                value = symbol.address &+ addend &+ (symbol.moves ? slide : 0)
            }
            guard window.holds(relocation.place, &image), set(relocation.place &- image.linkedAddress, value)
            else { throw .relocationOutside }
        }
        // 1: no address came before.
        var next: UInt64 = 1
        i = 0
        while i < compactCount {
            // The table lies in the file.
            guard let entry = file.value(at: compactOffset &+ i &* Self.wordSize, as: UInt64.self)
            else { throw .badRelocationTable }
            i &+= 1
            if entry & 1 == 0 {
                guard window.holds(entry, &image), move(entry &- image.linkedAddress) else {
                    throw .relocationOutside
                }
                next = entry &+ Self.wordSize
                continue
            }
            guard next != 1 else { throw .badRelocationTable }
            var bits = entry >> 1
            if bits != 0 {
                let first = next &+ Self.wordSize &* UInt64(bits.trailingZeroBitCount)
                let last = next &+ Self.wordSize &* UInt64(63 &- bits.leadingZeroBitCount)
                guard first <= last, window.holds(first, through: last, &image) else {
                    throw .relocationOutside
                }
            }
            while bits != 0 {
                let place = next &+ Self.wordSize &* UInt64(bits.trailingZeroBitCount)
                guard move(place &- image.linkedAddress) else { throw .relocationOutside }
                bits &= bits &- 1
            }
            let (end, overflow) = next.addingReportingOverflow(63 &* Self.wordSize)
            guard !overflow else { throw .relocationOutside }
            next = end
        }
    }

    @inline(__always)
    private func read(
        _ file: RawSpan, _ index: UInt64
    ) throws(ImageError) -> (place: UInt64, kind: UInt32, symbol: UInt32, addend: UInt64) {
        // The table lies in the file.
        let at = fileOffset &+ index &* Self.entrySize
        guard let entry: InlineArray<3, UInt64> = file.words(at: at) else {
            throw .badRelocationTable
        }
        return (
            entry[0], UInt32(truncatingIfNeeded: entry[1]), UInt32(entry[1] >> 32), entry[2]
        )
    }

    /// The linked address of a symbol of this image and whether it moves with
    /// the image; an absent weak symbol is a fixed 0.
    private func symbol(
        _ file: RawSpan, _ image: inout ImageLayout, _ index: UInt32
    ) throws(ImageError) -> (address: UInt64, moves: Bool) {
        let (address, overflow) = symbols.addingReportingOverflow(UInt64(index) * Self.symbolSize)
        guard symbols != 0, !overflow,
            let at = image.fileOffset(ofAddress: address, count: Self.symbolSize),
            let information = file.value(at: at + 4, as: UInt8.self),
            let section = file.value(at: at + 6, as: UInt16.self),
            let value = file.value(at: at + 8, as: UInt64.self)
        else { throw .badSymbol }
        if section == 0 {
            // Index 0 is the symbol without a name; binding 2 is weak.
            guard index == 0 || information >> 4 == 2 else { throw .undefinedSymbol }
            return (0, false)
        }
        if section == 0xFFF1 { return (value, false) }
        guard value >= image.linkedAddress, value - image.linkedAddress <= image.size else {
            throw .badSymbol
        }
        return (value, true)
    }
}
