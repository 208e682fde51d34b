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

    public var rights: Rights
    /// Where its bytes start in the file.
    public var fileOffset: UInt64
    /// Where it lies in the image, from the image's first byte.
    public var offset: UInt64
    /// Bytes in the file.
    public var fileSize: UInt64
    /// Bytes in memory; what is beyond `fileSize` is zero.
    public var memorySize: UInt64

    /// Not `[]` for the rights, which would be made at its first use.
    static var none: ImageSegment {
        ImageSegment(
            rights: Rights(rawValue: 0), fileOffset: 0, offset: 0, fileSize: 0, memorySize: 0)
    }

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

    private var segments: InlineArray<16, ImageSegment> = .init(repeating: .none)
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

    /// Reads and checks the headers of `file`, and its relocations.
    public init(_ file: RawSpan) throws(ImageError) {
        try self.init(headersOf: file)
        try relocations?.check(file, self)
    }

    /// Reads and checks the headers of `file`; `load` checks the relocations.
    public init(headersOf file: RawSpan) throws(ImageError) {
        let headers = try Self.checkHeader(file)
        isFixed = headers.isFixed
        hasHermitABI = file.value(at: 7, as: UInt8.self) == 255

        for i in 0..<headers.count {
            let at = headers.place(i)
            if file.value(at: at, as: UInt32.self) == ProgramHeader.load {
                try addSegment(file, at)
            }
        }
        guard segmentCount > 0 else { throw .noSegments }
        try place()
        // The kernel reads the headers again where the image lies, to map each segment.
        guard segments[0].fileOffset == 0, segments[0].offset == 0,
            segments[0].fileSize >= headers.place(headers.count)
        else { throw .headersNotLoaded }

        var hasNote = false
        for i in 0..<headers.count {
            let at = headers.place(i)
            switch file.value(at: at, as: UInt32.self) {
            case ProgramHeader.interpreter:
                throw .needsInterpreter
            case ProgramHeader.dynamic:
                guard dynamicSize == 0 else { throw .badDynamicSection }
                (dynamicOffset, dynamicSize) = try fileRange(file, at, .badDynamicSection)
            case ProgramHeader.note:
                let (offset, size) = try fileRange(file, at, .badNote)
                if try Self.hasHermitNote(file, offset, size) { hasNote = true }
            case ProgramHeader.threadStorage:
                try addThreadStorage(file, at)
            default:
                break
            }
        }
        guard hasNote else { throw .noHermitNote }

        guard let start = file.value(at: 24, as: UInt64.self), start >= linkedAddress else {
            throw .entryOutside
        }
        entry = start - linkedAddress
        guard holds(entry, 1, rights: .execute) else { throw .entryOutside }
        if dynamicSize > 0 {
            relocations = try RelocationTable(file, self, at: dynamicOffset, size: dynamicSize)
        }
    }

    /// The program headers, which all lie in the file.
    private struct Headers {
        let offset: UInt64
        let count: Int
        let isFixed: Bool

        /// Where the header of a number starts; that of `count`: where they end.
        func place(_ index: Int) -> UInt64 {
            offset &+ UInt64(truncatingIfNeeded: index) &* ProgramHeader.size
        }
    }

    @inline(__always)
    private static func checkHeader(_ file: RawSpan) throws(ImageError) -> Headers {
        guard file.byteCount >= 4 else { throw .truncatedHeader }
        guard file.value(at: 0, as: UInt32.self) == 0x464C_457F else { throw .notELF }
        guard let header: InlineArray<8, UInt64> = file.words(at: 0) else {
            throw .truncatedHeader
        }
        // Bytes 4 to 6: class, byte order, version.
        let identity = header[0] >> 32
        guard identity & 0xFF == 2 else { throw .not64Bit }
        guard identity >> 8 & 0xFF == 1 else { throw .notLittleEndian }
        guard identity >> 16 & 0xFF == 1, header[2] >> 32 == 1 else { throw .badVersion }
        guard header[2] >> 16 & 0xFFFF == 62 else { throw .wrongMachine }
        let type = header[2] & 0xFFFF
        guard type == 2 || type == 3 else { throw .wrongType }
        guard header[6] >> 32 & 0xFFFF == 64, header[6] >> 48 == ProgramHeader.size else {
            throw .badHeaderSize
        }
        let (offset, count) = (header[4], header[7] & 0xFFFF)
        guard count > 0 else { throw .noSegments }
        guard count <= maximumHeaders else { throw .tooManyHeaders }
        guard file.contains(offset: offset, count: count * ProgramHeader.size) else {
            throw .headersOutside
        }
        return Headers(offset: offset, count: Int(count), isFixed: type == 2)
    }

    @inline(__always)
    private mutating func addSegment(_ file: RawSpan, _ at: UInt64) throws(ImageError) {
        guard let header: InlineArray<7, UInt64> = file.words(at: at) else {
            throw .headersOutside
        }
        let rights = header[0] >> 32
        let (fileOffset, address) = (header[1], header[2])
        let (fileSize, memorySize, alignment) = (header[4], header[5], header[6])
        guard memorySize > 0 || fileSize > 0 else { return }
        guard segmentCount < Self.maximumSegments else { throw .tooManySegments }
        guard fileSize <= memorySize else { throw .fileSizeOverMemorySize }
        guard file.contains(offset: fileOffset, count: fileSize) else { throw .segmentOutsideFile }
        guard memorySize <= Self.maximumSize, address <= UInt64.max >> 17 else {
            throw .segmentTooLarge
        }
        if alignment > 1 {
            guard alignment & (alignment - 1) == 0, alignment <= Self.maximumSize,
                address & (alignment - 1) == fileOffset & (alignment - 1)
            else { throw .badAlignment }
            self.alignment = max(self.alignment, alignment)
        }
        let flags = ImageSegment.Rights(rawValue: rights & 7)
        guard !flags.isSuperset(of: [.write, .execute]) else { throw .writableCode }
        segments[segmentCount] = ImageSegment(
            rights: flags, fileOffset: fileOffset, offset: address, fileSize: fileSize,
            memorySize: memorySize)
        segmentCount += 1
    }

    /// Turns addresses into offsets; each page belongs to one segment.
    @inline(__always)
    private mutating func place() throws(ImageError) {
        linkedAddress = segments[0].offset & ~(alignment - 1)
        var end = linkedAddress
        for i in 0..<segmentCount {
            let start = segments[i].offset
            guard start & ~4095 >= end else { throw .overlappingSegments }
            // Addresses have less than 48 bits and sizes less than 32.
            end = (start &+ segments[i].memorySize &+ 4095) & ~4095
            segments[i].offset = start &- linkedAddress
        }
        size = end &- linkedAddress
        guard size <= Self.maximumSize else { throw .segmentTooLarge }
    }

    private func fileRange(
        _ file: RawSpan, _ at: UInt64, _ error: ImageError
    ) throws(ImageError) -> (UInt64, UInt64) {
        guard let header: InlineArray<7, UInt64> = file.words(at: at),
            file.contains(offset: header[1], count: header[4])
        else { throw error }
        return (header[1], header[4])
    }

    private mutating func addThreadStorage(_ file: RawSpan, _ at: UInt64) throws(ImageError) {
        guard let header: InlineArray<7, UInt64> = file.words(at: at) else {
            throw .headersOutside
        }
        let (address, alignment) = (header[2], header[6])
        let (fileSize, memorySize) = (header[4], header[5])
        if memorySize == 0 { return }
        guard threadStorage == nil, address >= linkedAddress, fileSize <= memorySize,
            memorySize <= Self.maximumSize, max(alignment, 1) & (max(alignment, 1) - 1) == 0,
            alignment <= 4096,
            fileSize == 0 || holds(address - linkedAddress, fileSize, rights: .read)
        else { throw .badThreadStorage }
        threadStorage = ImageThreadStorage(
            offset: address - linkedAddress, fileSize: fileSize, memorySize: memorySize,
            alignment: max(alignment, 1))
    }

    /// Whether `count` bytes at `position` lie in one segment with these rights.
    func holds(_ position: UInt64, _ count: UInt64, rights: ImageSegment.Rights) -> Bool {
        for i in 0..<segmentCount
        where self[i].rights.isSuperset(of: rights) && self[i].holds(position, count) {
            return true
        }
        return false
    }

    /// Where the bytes at an address of the image lie in the file, if all of them do.
    func fileOffset(ofAddress address: UInt64, count: UInt64) -> UInt64? {
        guard address >= linkedAddress else { return nil }
        let position = address - linkedAddress
        for i in 0..<segmentCount where self[i].holds(position, count) {
            var part = self[i]
            part.memorySize = part.fileSize
            // In the file, and so no sum is too large.
            return part.holds(position, count)
                ? part.fileOffset &+ (position &- part.offset) : nil
        }
        return nil
    }

    /// Looks for the entry note; other notes are passed over.
    @inline(__always)
    private static func hasHermitNote(
        _ file: RawSpan, _ start: UInt64, _ size: UInt64
    ) throws(ImageError) -> Bool {
        var offset = start
        // The note lies in the file, and what is added here has 33 bits.
        let end = start &+ size
        while end &- offset >= 12 {
            guard let nameSize = file.value(at: offset, as: UInt32.self),
                let contentSize = file.value(at: offset &+ 4, as: UInt32.self),
                let type = file.value(at: offset &+ 8, as: UInt32.self)
            else { throw .badNote }
            let name = offset &+ 12
            let content = name &+ (UInt64(nameSize) &+ 3) & ~3
            let next = content &+ (UInt64(contentSize) &+ 3) & ~3
            // So `content` is not behind it either.
            guard content &+ UInt64(contentSize) <= end else { throw .badNote }
            if type == 0x5A00, nameSize == 7, contentSize >= 1,
                file.value(at: name, as: UInt32.self) == 0x4D52_4548,
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
