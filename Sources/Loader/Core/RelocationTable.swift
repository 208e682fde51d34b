import KernelSupport

/// An image's relocations, all checked: System V ABI, AMD64 supplement, 4.4.
public struct RelocationTable: Sendable {
    private let fileOffset: UInt64
    public let count: UInt64
    private let symbols: UInt64?

    private static let entrySize: UInt64 = 24
    private static let symbolSize: UInt64 = 24

    private enum Tag {
        static let end: UInt64 = 0
        static let needed: UInt64 = 1
        static let symbolTable: UInt64 = 6
        static let relocations: UInt64 = 7
        static let relocationsSize: UInt64 = 8
        static let relocationSize: UInt64 = 9
        static let relocationsOfLinkage: UInt64 = 23
        static let rel: UInt64 = 17
        static let compactRelocations: UInt64 = 36
    }

    enum Kind {
        static let none: UInt32 = 0
        static let absolute: UInt32 = 1
        static let globalData: UInt32 = 6
        static let relative: UInt32 = 8
    }

    /// Reads the dynamic section at `start` of the file; `nil` for none at all.
    init?(_ file: RawSpan, _ image: ImageLayout, at start: UInt64, size: UInt64) throws(ImageError)
    {
        var table: UInt64?
        var bytes: UInt64 = 0
        var symbolTable: UInt64?
        var offset = start
        while offset + 16 <= start + size {
            guard let tag = file.value(at: offset, as: UInt64.self),
                let value = file.value(at: offset + 8, as: UInt64.self)
            else { throw .badDynamicSection }
            if tag == Tag.end { break }
            switch tag {
            case Tag.needed: throw .needsLibraries
            case Tag.symbolTable: symbolTable = value
            case Tag.relocations: table = value
            case Tag.relocationsSize: bytes = value
            case Tag.relocationSize:
                guard value == Self.entrySize else { throw .badRelocationTable }
            case Tag.rel, Tag.compactRelocations, Tag.relocationsOfLinkage:
                throw .unsupportedRelocation
            default: break
            }
            offset += 16
        }
        guard bytes > 0 else { return nil }
        guard let table, bytes % Self.entrySize == 0,
            let place = image.fileOffset(ofAddress: table, count: bytes)
        else { throw .badRelocationTable }
        fileOffset = place
        count = bytes / Self.entrySize
        symbols = symbolTable

        var last = 0
        for i in 0..<count {
            let relocation = try read(file, i)
            if relocation.kind == Kind.none { continue }
            guard
                relocation.kind == Kind.relative || relocation.kind == Kind.absolute
                    || relocation.kind == Kind.globalData
            else { throw .unsupportedRelocation }
            guard relocation.place >= image.linkedAddress else { throw .relocationOutside }
            let position = relocation.place - image.linkedAddress
            // They come in order, so the segment is nearly always the last one's.
            let segment = image[last]
            if !(segment.rights.contains(.write) && segment.holds(position, 8)) {
                var found = false
                for j in 0..<image.segmentCount
                where image[j].rights.contains(.write) && image[j].holds(position, 8) {
                    last = j
                    found = true
                }
                guard found else { throw .relocationOutside }
            }
            if relocation.kind != Kind.relative { _ = try symbol(file, image, relocation.symbol) }
        }
    }

    @inline(__always)
    private func read(
        _ file: RawSpan, _ index: UInt64
    ) throws(ImageError) -> (place: UInt64, kind: UInt32, symbol: UInt32, addend: UInt64) {
        let at = fileOffset + index * Self.entrySize
        guard let place = file.value(at: at, as: UInt64.self),
            let info = file.value(at: at + 8, as: UInt64.self),
            let addend = file.value(at: at + 16, as: UInt64.self)
        else { throw .badRelocationTable }
        return (place, UInt32(truncatingIfNeeded: info), UInt32(info >> 32), addend)
    }

    /// The linked address of a symbol of this image; of an absent weak one, 0 and `false`.
    private func symbol(
        _ file: RawSpan, _ image: ImageLayout, _ index: UInt32
    ) throws(ImageError) -> (address: UInt64, isRelative: Bool) {
        guard let symbols else { throw .badRelocationTable }
        let (address, overflow) = symbols.addingReportingOverflow(
            UInt64(index) * Self.symbolSize)
        guard !overflow,
            let at = image.fileOffset(ofAddress: address, count: Self.symbolSize),
            let information = file.value(at: at + 4, as: UInt8.self),
            let section = file.value(at: at + 6, as: UInt16.self),
            let value = file.value(at: at + 8, as: UInt64.self)
        else { throw .badRelocationTable }
        if section == 0 {
            guard information >> 4 == 2 else { throw .needsLibraries }
            return (0, false)
        }
        return (value, section != 0xFFF1)
    }

    /// Applies all of them to the image in `memory`, which will run at `base`.
    func apply(
        _ file: RawSpan, _ image: ImageLayout, to memory: inout MutableRawSpan, base: UInt64
    ) throws(ImageError) {
        let slide = base &- image.linkedAddress
        for i in 0..<count {
            let relocation = try read(file, i)
            let value: UInt64
            switch relocation.kind {
            case Kind.none:
                continue
            case Kind.relative:
                value = relocation.addend &+ slide
            default:
                let symbol = try symbol(file, image, relocation.symbol)
                // GLOB_DAT has no addend.
                let addend = relocation.kind == Kind.absolute ? relocation.addend : 0
                value = symbol.address &+ addend &+ (symbol.isRelative ? slide : 0)
            }
            guard memory.store(value, at: relocation.place - image.linkedAddress) else {
                throw .relocationOutside
            }
        }
    }
}
