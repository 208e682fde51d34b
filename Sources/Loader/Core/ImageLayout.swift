import KernelSupport

/// A part of an image that is put into memory.
public struct ImageSegment: Equatable, Sendable {
    public struct Rights: OptionSet, Sendable {
        /// As wide as a segment's other numbers: one without gaps is cleared at once.
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        public static let execute = Rights(rawValue: 1)
        public static let write = Rights(rawValue: 2)
        public static let read = Rights(rawValue: 4)
    }

    public var rights = Rights(rawValue: 0)
    /// Where its bytes start in the file.
    public var fileOffset: UInt64 = 0
    /// Where it lies in the image, from the image's first byte.
    public var offset: UInt64 = 0
    /// Bytes in the file.
    public var fileSize: UInt64 = 0
    /// Bytes in memory; what is beyond `fileSize` is zero.
    public var memorySize: UInt64 = 0

    func holds(_ position: UInt64, _ count: UInt64) -> Bool {
        // Of places for that many bytes; below `offset` the difference is huge.
        let places = count <= memorySize ? memorySize &- count &+ 1 : 0
        return position &- offset < places
    }
}

/// Thread-local storage of an image.
public struct ImageThreadStorage: Equatable, Sendable {
    /// Where the initial values lie, from the image's first byte.
    public var offset: UInt64
    public var fileSize: UInt64
    public var memorySize: UInt64
    public var alignment: UInt64
}

/// An image's headers after every check: what goes where.
///
/// The file is an ELF64 for x86-64 (System V ABI, chapters 4 and 5), static
/// and, as a rule, position independent, with the note HERMIT (type 0x5a00,
/// version 4). Any bytes at all may be given to `init`; what it accepts can be
/// loaded without touching anything outside of the image's own memory.
public struct ImageLayout: Sendable {
    /// Program headers that an image can have; a linker makes about ten.
    public static let maximumHeaders = 64
    /// Segments that the loader takes.
    public static let maximumSegments = 16
    /// The largest image, in bytes: addresses in it are 32-bit distances.
    public static let maximumSize: UInt64 = 0x8000_0000

    private var segments: InlineArray<16, ImageSegment> = .init(repeating: ImageSegment())
    public private(set) var segmentCount = 0
    /// The address of the first byte that the file was linked for; a multiple of a page.
    public private(set) var linkedAddress: UInt64 = 0
    /// Bytes from the first segment's page to the last segment's end.
    public private(set) var size: UInt64 = 0
    /// What the image's address must be a multiple of; at least a page.
    public private(set) var alignment: UInt64 = 4096
    /// Where execution starts, from the image's first byte.
    public private(set) var entry: UInt64 = 0
    public private(set) var threadStorage: ImageThreadStorage? = nil
    /// The image runs at `linkedAddress` only.
    public private(set) var isFixed = false
    /// EI_OSABI is Hermit's 255.
    public private(set) var hasHermitABI = false

    private var dynamicOffset: UInt64 = 0
    private var dynamicSize: UInt64 = 0
    /// `nil`: there are none.
    public private(set) var relocations: RelocationTable? = nil

    private enum ProgramHeader {
        /// Type and rights, offset in the file, address, physical address, size in the
        /// file, size in memory, alignment.
        typealias Words = InlineArray<7, UInt64>
        static let size: UInt64 = 56
        static let load: UInt32 = 1
        static let dynamic: UInt32 = 2
        static let interpreter: UInt32 = 3
        static let note: UInt32 = 4
        static let threadStorage: UInt32 = 7
    }

    public subscript(_ index: Int) -> ImageSegment {
        // Inlined and through a span: else all segments are copied for it.
        @inline(__always) get { segments.span[index] }
    }

    /// The same, of a layout that may be changed, and is not copied for it. What
    /// changes nothing is `mutating` here for that: a borrowed value with an inline
    /// array in it is passed as a copy of all of that.
    @inline(__always)
    mutating func element(_ index: Int) -> ImageSegment { segments.mutableSpan[index] }

    /// No image.
    @inline(__always)
    public init() {}

    /// Reads and checks the headers of `file`, and its relocations.
    public init(_ file: RawSpan) throws(ImageError) {
        try self.init(headersOf: file)
        try relocations?.check(file, &self)
    }

    /// Reads and checks the headers of `file`; `load` checks the relocations.
    public init(headersOf file: RawSpan) throws(ImageError) {
        self.init()
        try readHeaders(file)
    }

    /// The same, into a layout that is empty yet.
    @inline(__always)
    public mutating func readHeaders(_ file: RawSpan) throws(ImageError) {
        let headers = try Self.checkHeader(file)
        isFixed = headers.isFixed
        hasHermitABI = headers.hasHermitABI

        var end: UInt64 = 0
        var hasNote = false
        // Looked at once it is known what lies where; 0: there is none, as there the
        // ELF header is.
        var storage: UInt64 = 0
        var at = headers.start
        while at < headers.end {
            guard let header: ProgramHeader.Words = file.words(at: at) else {
                throw .headersOutside
            }
            defer { at &+= ProgramHeader.size }
            switch UInt32(truncatingIfNeeded: header[0]) {
            case ProgramHeader.load:
                try addSegment(file, header, &end)
            case ProgramHeader.interpreter:
                throw .needsInterpreter
            case ProgramHeader.dynamic:
                guard dynamicSize == 0, file.contains(offset: header[1], count: header[4]) else {
                    throw .badDynamicSection
                }
                (dynamicOffset, dynamicSize) = (header[1], header[4])
            case ProgramHeader.note:
                guard file.contains(offset: header[1], count: header[4]) else { throw .badNote }
                if try Self.hasHermitNote(file, header[1], header[4]) { hasNote = true }
            case ProgramHeader.threadStorage where header[5] != 0:
                guard storage == 0 else { throw .badThreadStorage }
                storage = at
            default:
                break
            }
        }
        guard segmentCount > 0 else { throw .noSegments }
        try place(end)
        // The kernel reads the headers again where the image lies, to map each segment.
        guard segments[0].fileOffset | segments[0].offset == 0,
            segments[0].fileSize >= headers.end
        else { throw .headersNotLoaded }
        if storage != 0 { try addThreadStorage(file, storage) }
        guard hasNote else { throw .noHermitNote }

        // Below `linkedAddress` it is huge.
        entry = headers.entry &- linkedAddress
        guard holds(entry, 1, rights: .execute) else { throw .entryOutside }
        if dynamicSize > 0 {
            relocations = try RelocationTable(
                file, &self, at: dynamicOffset, size: dynamicSize)
        }
    }

    /// What the ELF header says of an image. The program headers all lie in the file.
    private struct Headers {
        let start: UInt64
        let end: UInt64
        let entry: UInt64
        let isFixed: Bool
        let hasHermitABI: Bool
    }

    /// What the header's fixed parts are, as words: the magic number, class, byte order
    /// and version; machine and version; the sizes of the headers.
    private enum Fixed {
        static let identity: UInt64 = 0x01_0102_464C_457F
        static let identityMask: UInt64 = 0xFF_FFFF_FFFF_FFFF
        static let machine: UInt64 = 1 << 16 | 62
        static let sizes: UInt64 = ProgramHeader.size << 16 | 64
    }

    /// One comparison finds whether anything is wrong: code that runs once costs by
    /// its branches.
    @inline(__always)
    private static func checkHeader(_ file: RawSpan) throws(ImageError) -> Headers {
        guard let header: InlineArray<8, UInt64> = file.words(at: 0) else {
            throw shortHeader(file)
        }
        let type = header[2] & 0xFFFF
        let (offset, count) = (header[4], header[7] & 0xFFFF)
        let difference =
            (header[0] & Fixed.identityMask ^ Fixed.identity)
            | (header[2] >> 16 ^ Fixed.machine) | (header[6] >> 32 ^ Fixed.sizes)
        guard difference == 0, type &- 2 < 2, count &- 1 < UInt64(maximumHeaders),
            file.contains(offset: offset, count: count &* ProgramHeader.size)
        else { throw wrongHeader(header) }
        return Headers(
            start: offset, end: offset &+ count &* ProgramHeader.size, entry: header[3],
            isFixed: type == 2, hasHermitABI: header[0] >> 56 == 255)
    }

    /// What is wrong with a file that has no room for a header.
    @inline(never)
    private static func shortHeader(_ file: RawSpan) -> ImageError {
        guard let magic = file.value(at: 0, as: UInt32.self) else { return .truncatedHeader }
        return magic == UInt32(truncatingIfNeeded: Fixed.identity) ? .truncatedHeader : .notELF
    }

    /// What is wrong with a header.
    @inline(never)
    private static func wrongHeader(_ header: InlineArray<8, UInt64>) -> ImageError {
        guard header[0] & 0xFFFF_FFFF == 0x464C_457F else { return .notELF }
        // Bytes 4 to 6: class, byte order, version.
        let identity = header[0] >> 32
        guard identity & 0xFF == 2 else { return .not64Bit }
        guard identity >> 8 & 0xFF == 1 else { return .notLittleEndian }
        guard identity >> 16 & 0xFF == 1, header[2] >> 32 == 1 else { return .badVersion }
        guard header[2] >> 16 & 0xFFFF == 62 else { return .wrongMachine }
        let type = header[2] & 0xFFFF
        guard type == 2 || type == 3 else { return .wrongType }
        guard header[6] >> 32 == Fixed.sizes else { return .badHeaderSize }
        let count = header[7] & 0xFFFF
        guard count > 0 else { return .noSegments }
        return count > maximumHeaders ? .tooManyHeaders : .headersOutside
    }

    /// - Parameter end: Where the segments before end, as an address, in whole pages.
    @inline(__always)
    private mutating func addSegment(
        _ file: RawSpan, _ header: ProgramHeader.Words, _ end: inout UInt64
    ) throws(ImageError) {
        let flags = header[0] >> 32 & 7
        let (fileOffset, address) = (header[1], header[2])
        let (fileSize, memorySize, alignment) = (header[4], header[5], max(header[6], 1))
        guard memorySize | fileSize > 0 else { return }
        // Each page belongs to one segment.
        guard segmentCount < Self.maximumSegments, fileSize <= memorySize,
            file.contains(offset: fileOffset, count: fileSize), memorySize <= Self.maximumSize,
            address <= UInt64.max >> 17, alignment & (alignment &- 1) == 0,
            alignment <= Self.maximumSize, (address ^ fileOffset) & (alignment &- 1) == 0,
            flags & 3 != 3, address & ~4095 >= end
        else { throw wrongSegment(file, header) }
        self.alignment = max(self.alignment, alignment)
        segments[segmentCount] = ImageSegment(
            rights: ImageSegment.Rights(rawValue: flags), fileOffset: fileOffset, offset: address,
            fileSize: fileSize, memorySize: memorySize)
        segmentCount &+= 1
        // Addresses have less than 48 bits and sizes less than 32.
        end = (address &+ memorySize &+ 4095) & ~4095
    }

    /// What is wrong with a segment's header.
    @inline(never)
    private func wrongSegment(_ file: RawSpan, _ header: ProgramHeader.Words) -> ImageError {
        let (fileOffset, address) = (header[1], header[2])
        let (fileSize, memorySize, alignment) = (header[4], header[5], max(header[6], 1))
        guard segmentCount < Self.maximumSegments else { return .tooManySegments }
        guard fileSize <= memorySize else { return .fileSizeOverMemorySize }
        guard file.contains(offset: fileOffset, count: fileSize) else { return .segmentOutsideFile }
        guard memorySize <= Self.maximumSize, address <= UInt64.max >> 17 else {
            return .segmentTooLarge
        }
        guard alignment & (alignment &- 1) == 0, alignment <= Self.maximumSize,
            (address ^ fileOffset) & (alignment &- 1) == 0
        else { return .badAlignment }
        return header[0] >> 32 & 3 == 3 ? .writableCode : .overlappingSegments
    }

    /// Turns addresses into offsets.
    ///
    /// - Parameter end: Where the last segment ends, as an address.
    @inline(__always)
    private mutating func place(_ end: UInt64) throws(ImageError) {
        linkedAddress = segments[0].offset & ~(alignment &- 1)
        var i = 0
        // 0, as a rule.
        while linkedAddress != 0, i < segmentCount {
            segments[i].offset &-= linkedAddress
            i &+= 1
        }
        size = end &- linkedAddress
        guard size <= Self.maximumSize else { throw .segmentTooLarge }
    }

    @inline(never)
    private mutating func addThreadStorage(_ file: RawSpan, _ at: UInt64) throws(ImageError) {
        guard let header: ProgramHeader.Words = file.words(at: at) else {
            throw .headersOutside
        }
        // Below `linkedAddress` it is huge.
        let (offset, alignment) = (header[2] &- linkedAddress, max(header[6], 1))
        let (fileSize, memorySize) = (header[4], header[5])
        guard header[2] >= linkedAddress, fileSize <= memorySize,
            memorySize <= Self.maximumSize, alignment & (alignment &- 1) == 0,
            alignment <= 4096, fileSize == 0 || holds(offset, fileSize, rights: .read)
        else { throw .badThreadStorage }
        threadStorage = ImageThreadStorage(
            offset: offset, fileSize: fileSize, memorySize: memorySize, alignment: alignment)
    }

    /// The segment in which `count` bytes at `position` lie; `nil`: in none.
    @inline(never)
    mutating func segment(_ position: UInt64, _ count: UInt64) -> Int? {
        var i = 0
        while i < segmentCount {
            if element(i).holds(position, count) { return i }
            i &+= 1
        }
        return nil
    }

    /// Whether `count` bytes at `position` lie in one segment with these rights.
    @inline(__always)
    mutating func holds(
        _ position: UInt64, _ count: UInt64, rights: ImageSegment.Rights
    ) -> Bool {
        guard let index = segment(position, count) else { return false }
        return element(index).rights.isSuperset(of: rights)
    }

    /// Where the bytes at an address of the image lie in the file, if all of them do.
    @inline(never)
    mutating func fileOffset(ofAddress address: UInt64, count: UInt64) -> UInt64? {
        // Below `linkedAddress` the position is huge.
        let position = address &- linkedAddress
        guard let index = segment(position, count) else { return nil }
        var part = element(index)
        part.memorySize = part.fileSize
        // In the file, and so no sum is too large.
        return part.holds(position, count)
            ? part.fileOffset &+ (position &- part.offset) : nil
    }

    /// Looks for the entry note; other notes are passed over.
    @inline(__always)
    private static func hasHermitNote(
        _ file: RawSpan, _ start: UInt64, _ size: UInt64
    ) throws(ImageError) -> Bool {
        var offset = start
        // The note lies in the file, and what is added here has 33 bits.
        let end = start &+ size
        // In fewer bytes there is no name.
        while end &- offset >= 16 {
            guard let words: InlineArray<2, UInt64> = file.words(at: offset) else { throw .badNote }
            let (nameSize, contentSize) = (words[0] & 0xFFFF_FFFF, words[0] >> 32)
            let name = offset &+ 12
            let content = name &+ (nameSize &+ 3) & ~3
            let next = content &+ (contentSize &+ 3) & ~3
            // So `content` is not behind it either.
            guard content &+ contentSize <= end else { throw .badNote }
            // Type 0x5A00 and "HERM".
            if words[1] == 0x4D52_4548_0000_5A00, nameSize == 7, contentSize >= 1,
                file.value(at: name &+ 4, as: UInt16.self) == 0x5449
            {
                guard file.value(at: content, as: UInt8.self) == 4 else {
                    throw .wrongHermitVersion
                }
                return true
            }
            offset = min(next, end)
        }
        return false
    }
}
