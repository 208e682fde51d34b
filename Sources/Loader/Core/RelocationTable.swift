import KernelSupport

/// An image's relocations, all checked: System V ABI, AMD64 supplement, 4.4,
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

    /// Tags of the dynamic section.
    private enum Tag {
        static let end: UInt64 = 0
        static let needed: UInt64 = 1
        static let linkageSize: UInt64 = 2
        static let symbolTable: UInt64 = 6
        static let relocations: UInt64 = 7
        static let relocationsSize: UInt64 = 8
        static let relocationSize: UInt64 = 9
        static let implicitRelocationsSize: UInt64 = 18
        static let compactSize: UInt64 = 35
        static let compact: UInt64 = 36
        static let compactEntrySize: UInt64 = 37
    }

    enum Kind {
        static let none: UInt32 = 0
        static let absolute: UInt32 = 1
        static let globalData: UInt32 = 6
        static let jumpSlot: UInt32 = 7
        static let relative: UInt32 = 8
    }

    /// Reads the dynamic section in the file; `nil` when it says that there are none.
    init?(_ file: RawSpan, _ image: ImageLayout, at start: UInt64, size: UInt64) throws(ImageError)
    {
        var table: UInt64 = 0
        var bytes: UInt64 = 0
        var compactTable: UInt64 = 0
        var compactBytes: UInt64 = 0
        var symbolTable: UInt64 = 0
        var offset: UInt64 = 0
        while size - offset >= 16 {
            guard let entry: InlineArray<2, UInt64> = file.words(at: start + offset) else {
                throw .badDynamicSection
            }
            let (tag, value) = (entry[0], entry[1])
            offset += 16
            if tag == Tag.end { break }
            switch tag {
            case Tag.needed: throw .needsLibraries
            case Tag.symbolTable: symbolTable = value
            case Tag.relocations: table = value
            case Tag.relocationsSize: bytes = value
            case Tag.relocationSize:
                guard value == Self.entrySize else { throw .badRelocationTable }
            case Tag.compact: compactTable = value
            case Tag.compactSize: compactBytes = value
            case Tag.compactEntrySize:
                guard value == Self.wordSize else { throw .badRelocationTable }
            case Tag.linkageSize:
                // Its own table, for procedures of shared libraries.
                guard value == 0 else { throw .unsupportedRelocation(Kind.jumpSlot) }
            case Tag.implicitRelocationsSize:
                // Without addends: not used on x86-64.
                guard value == 0 else { throw .badRelocationTable }
            default: break
            }
        }
        guard bytes > 0 || compactBytes > 0 else { return nil }
        fileOffset = try Self.place(image, table, bytes, Self.entrySize)
        count = bytes / Self.entrySize
        compactOffset = try Self.place(image, compactTable, compactBytes, Self.wordSize)
        compactCount = compactBytes / Self.wordSize
        symbols = symbolTable
        try check(file, image)
        try checkCompact(file, image)
    }

    /// Where a table lies in the file.
    private static func place(
        _ image: ImageLayout, _ address: UInt64, _ size: UInt64, _ entry: UInt64
    ) throws(ImageError) -> UInt64 {
        if size == 0 { return 0 }
        guard size % entry == 0, let place = image.fileOffset(ofAddress: address, count: size)
        else { throw .badRelocationTable }
        return place
    }

    // MARK: - Checks

    /// The writable segment that a word was found in last: nearly always the next one's too.
    private struct WritableWindow {
        private let image: ImageLayout
        private var first: UInt64 = 1
        /// The last position at which a word fits.
        private var last: UInt64 = 0

        init(_ image: ImageLayout) { self.image = image }

        /// Whether a word at a linked address lies in a writable segment.
        @inline(__always)
        mutating func holds(_ address: UInt64) -> Bool {
            if address >= first && address <= last { return true }
            return find(address)
        }

        private mutating func find(_ address: UInt64) -> Bool {
            guard address >= image.linkedAddress else { return false }
            let position = address - image.linkedAddress
            for i in 0..<image.segmentCount {
                let segment = image[i]
                if segment.rights.contains(.write), segment.holds(position, wordSize) {
                    first = image.linkedAddress + segment.offset
                    last = first + segment.memorySize - wordSize
                    return true
                }
            }
            return false
        }

        /// Whether words at both addresses lie in the same segment, and so all between.
        @inline(__always)
        mutating func holds(_ address: UInt64, through end: UInt64) -> Bool {
            holds(address) && end >= first && end <= last
        }
    }

    private func check(_ file: RawSpan, _ image: ImageLayout) throws(ImageError) {
        var window = WritableWindow(image)
        for i in 0..<count {
            let relocation = try read(file, i)
            switch relocation.kind {
            case Kind.relative: break
            case Kind.none: continue
            case Kind.absolute, Kind.globalData: _ = try symbol(file, image, relocation.symbol)
            default: throw .unsupportedRelocation(relocation.kind)
            }
            guard window.holds(relocation.place) else { throw .relocationOutside }
        }
    }

    private func checkCompact(_ file: RawSpan, _ image: ImageLayout) throws(ImageError) {
        var window = WritableWindow(image)
        var next: UInt64? = nil
        for i in 0..<compactCount {
            guard let entry = file.value(at: compactOffset + i * Self.wordSize, as: UInt64.self)
            else { throw .badRelocationTable }
            if entry & 1 == 0 {
                guard window.holds(entry) else { throw .relocationOutside }
                next = entry + Self.wordSize
            } else {
                guard let place = next else { throw .badRelocationTable }
                let bits = entry >> 1
                if bits != 0 {
                    let (first, overflow) = place.addingReportingOverflow(
                        Self.wordSize * UInt64(bits.trailingZeroBitCount))
                    let (last, lastOverflow) = place.addingReportingOverflow(
                        Self.wordSize * UInt64(63 - bits.leadingZeroBitCount))
                    guard !overflow, !lastOverflow, window.holds(first, through: last) else {
                        throw .relocationOutside
                    }
                }
                let (end, overflow) = place.addingReportingOverflow(63 * Self.wordSize)
                guard !overflow else { throw .relocationOutside }
                next = end
            }
        }
    }

    @inline(__always)
    private func read(
        _ file: RawSpan, _ index: UInt64
    ) throws(ImageError) -> (place: UInt64, kind: UInt32, symbol: UInt32, addend: UInt64) {
        let at = fileOffset + index * Self.entrySize
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
        _ file: RawSpan, _ image: ImageLayout, _ index: UInt32
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

    // MARK: - Application

    /// Applies all of them to the image in `memory`, which will run at `base`.
    func apply(
        _ file: RawSpan, _ image: ImageLayout, to memory: inout MutableRawSpan, base: UInt64
    ) throws(ImageError) {
        let slide = base &- image.linkedAddress
        for i in 0..<count {
            let relocation = try read(file, i)
            let value: UInt64
            switch relocation.kind {
            case Kind.relative:
                value = relocation.addend &+ slide
            case Kind.none:
                continue
            default:
                let symbol = try symbol(file, image, relocation.symbol)
                // GLOB_DAT has no addend.
                let addend = relocation.kind == Kind.absolute ? relocation.addend : 0
                value = symbol.address &+ addend &+ (symbol.moves ? slide : 0)
            }
            guard memory.store(value, at: relocation.place &- image.linkedAddress) else {
                throw .relocationOutside
            }
        }
        var next: UInt64 = 0
        for i in 0..<compactCount {
            guard let entry = file.value(at: compactOffset + i * Self.wordSize, as: UInt64.self)
            else { throw .badRelocationTable }
            if entry & 1 == 0 {
                try Self.move(&memory, at: entry &- image.linkedAddress, by: slide)
                next = entry &+ Self.wordSize
            } else {
                var bits = entry >> 1
                while bits != 0 {
                    let place = next &+ Self.wordSize &* UInt64(bits.trailingZeroBitCount)
                    try Self.move(&memory, at: place &- image.linkedAddress, by: slide)
                    bits &= bits - 1
                }
                next = next &+ 63 * Self.wordSize
            }
        }
    }

    @inline(__always)
    private static func move(
        _ memory: inout MutableRawSpan, at offset: UInt64, by slide: UInt64
    ) throws(ImageError) {
        guard let value = memory.bytes.value(at: offset, as: UInt64.self),
            memory.store(value &+ slide, at: offset)
        else { throw .relocationOutside }
    }
}
