import KernelSupport

/// Writes a flattened device tree (Devicetree Specification 0.4, chapter 5)
/// into a buffer of the caller's; what does not fit is noticed at the end.
///
/// A boot runs all of this once, where code costs more by its size than by its
/// steps: hence calls instead of copies inline.
///
/// The one handle of raw memory here: every byte goes where `room` has found
/// that it may.
@safe public struct DeviceTreeWriter: ByteSink {
    private let buffer: UnsafeMutableRawBufferPointer
    /// Where the structure is written to.
    private var position: Int
    /// Where the structure has to end, so that there is room for the names; 0:
    /// something did not fit.
    private var limit: Int
    /// Where the property's bytes begin that are being added.
    private var bytesStart = 0

    /// A property's name, by its place among all names that there are.
    public struct Name: Sendable {
        let offset: UInt32

        static let all: StaticString =
            "#address-cells\0#size-cells\0compatible\0device_type\0reg\0bootargs\0"

        public static let addressCells = Name(offset: 0)
        public static let sizeCells = Name(offset: 15)
        public static let compatible = Name(offset: 27)
        public static let deviceType = Name(offset: 38)
        public static let reg = Name(offset: 50)
        public static let bootArguments = Name(offset: 54)
    }

    /// The header (chapter 5.2) with four numbers left out, which `finish` puts there,
    /// and the list of reserved memory, of which there is only the end.
    private static let header: StaticString = """
        \0\0\0\0\
        \0\0\0\0\0\0\0\u{38}\0\0\0\0\
        \0\0\0\u{28}\0\0\0\u{11}\0\0\0\u{10}\
        \0\0\0\0\0\0\0\u{3F}\0\0\0\0\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0
        """

    /// Places in the header.
    private enum Field {
        static let magic = 0
        static let size = 4
        static let names = 12
        static let structureSize = 36
    }

    private static let structureStart = 56

    private enum Token {
        static let beginNode: UInt32 = 1
        static let endNode: UInt32 = 2
        static let property: UInt32 = 3
        static let end: UInt32 = 9
    }

    /// - Parameter buffer: At least 1 KiB; stays the caller's.
    public init(_ buffer: UnsafeMutableRawBufferPointer) {
        unsafe self.buffer = unsafe buffer
        position = 0
        limit = max(buffer.count &- Name.all.utf8CodeUnitCount, 0)
        tokens(Self.header)
    }

    /// Goes on behind a tree's front that lies in the buffer.
    @inline(__always)
    init(_ buffer: UnsafeMutableRawBufferPointer, behind front: TreePieces) {
        unsafe self.buffer = unsafe buffer
        limit = max(buffer.count &- Name.all.utf8CodeUnitCount, 0)
        position = unsafe front.distance(from: buffer.baseAddress.unsafelyUnwrapped)
    }

    /// Room for `count` more bytes, where the next ones go; `nil` when there is none.
    @inline(__always)
    private mutating func room(_ count: Int) -> UnsafeMutableRawPointer? {
        // Both are less than 2^62.
        guard position &+ count <= limit, let start = unsafe buffer.baseAddress else {
            limit = 0
            return nil
        }
        return unsafe start + position
    }

    @inline(never)
    private mutating func put(_ word: UInt32) {
        guard let place = unsafe room(4) else { return }
        unsafe place.storeBytes(of: word.bigEndian, as: UInt32.self)
        position &+= 4
    }

    @inline(never)
    private mutating func put(_ number: UInt64) {
        guard let place = unsafe room(8) else { return }
        unsafe place.storeBytes(of: number.bigEndian, as: UInt64.self)
        position &+= 8
    }

    /// Bytes, a zero, and as many more as the next token's alignment takes.
    @inline(never)
    private mutating func put(_ bytes: UnsafeRawPointer?, _ count: Int) {
        guard let place = unsafe room(count &+ 4) else { return }
        if let bytes = unsafe bytes { unsafe place.copyMemory(from: bytes, byteCount: count) }
        unsafe (place + count).storeBytes(of: 0, as: UInt32.self)
        position = (position &+ count &+ 4) & ~3
    }

    private mutating func put(_ text: StaticString) {
        unsafe put(UnsafeRawPointer(text.utf8Start), text.utf8CodeUnitCount)
    }

    // MARK: - Nodes and properties

    /// Tokens of the structure as they are (chapter 5.4), in one piece: what is the
    /// same in every tree. A name at their end is followed by `unit`.
    @inline(never)
    public mutating func tokens(_ tokens: StaticString) {
        let count = tokens.utf8CodeUnitCount
        guard let place = unsafe room(count) else { return }
        unsafe place.copyMemory(from: tokens.utf8Start, byteCount: count)
        position &+= count
    }

    /// The unit of a node whose name is there as far as its `@`: hexadecimal digits.
    @inline(never)
    public mutating func unit(_ unit: UInt64) {
        // At most 16 digits.
        guard unsafe room(16) != nil else { return }
        var shift = max(0, (63 &- unit.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: unit &>> UInt64(truncatingIfNeeded: shift) & 15)
            unsafe buffer[position] = digit &+ (digit < 10 ? 48 : 87)
            position &+= 1
            shift &-= 4
        }
        unsafe put(nil, 0)
    }

    /// Begins a node; with `unit`, its name is `name@unit`.
    public mutating func beginNode(_ name: StaticString, unit: UInt64? = nil) {
        put(Token.beginNode)
        guard let unit else {
            put(name)
            return
        }
        tokens(name)
        tokens("@")
        self.unit(unit)
    }

    public mutating func endNode() { put(Token.endNode) }

    @inline(never)
    private mutating func beginProperty(_ name: Name, _ length: Int) {
        put(UInt64(Token.property) << 32 | UInt64(UInt32(truncatingIfNeeded: length)))
        put(name.offset)
    }

    /// A property of one 32-bit cell.
    @inline(never)
    public mutating func property(_ name: Name, cell value: UInt32) {
        beginProperty(name, 4)
        put(value)
    }

    /// A property of two 64-bit numbers, two cells each.
    @inline(never)
    public mutating func property(_ name: Name, _ first: UInt64, _ second: UInt64) {
        beginProperty(name, 16)
        put(first)
        put(second)
    }

    /// A property of text, with a zero at its end.
    @inline(never)
    public mutating func property(_ name: Name, text: StaticString) {
        beginProperty(name, text.utf8CodeUnitCount &+ 1)
        put(text)
    }

    /// A property of any bytes, with a zero at its end.
    ///
    /// - Returns: Where the bytes lie in the tree.
    @inline(__always) @discardableResult
    public mutating func property(_ name: Name, bytes: RawSpan) -> Range<Int> {
        beginProperty(name, bytes.byteCount &+ 1)
        let start = position
        unsafe bytes.withUnsafeBytes { unsafe put($0.baseAddress, $0.count) }
        return start..<start &+ bytes.byteCount
    }

    /// Begins a property of bytes that follow one by one (`add`).
    public mutating func beginBytes(_ name: Name) {
        beginProperty(name, 0)
        bytesStart = position
    }

    @inline(never)
    public mutating func add(_ byte: UInt8) {
        guard let place = unsafe room(1) else { return }
        unsafe place.storeBytes(of: byte, as: UInt8.self)
        position &+= 1
    }

    /// Ends such a property, with a zero.
    ///
    /// - Returns: Where the bytes lie in the tree.
    @discardableResult
    public mutating func endBytes() -> Range<Int> {
        let bytes = bytesStart..<max(bytesStart, position)
        add(0)
        let length = position &- bytesStart
        while position & 3 != 0, limit > 0 { add(0) }
        guard limit > 0, let start = unsafe buffer.baseAddress else { return bytes }
        // In front of the bytes are the length and the name.
        unsafe (start + (bytesStart - 8)).storeBytes(
            of: UInt32(truncatingIfNeeded: length).bigEndian, as: UInt32.self)
        return bytes
    }

    /// Ends the tree; its size in bytes, or `nil` when the buffer was too small.
    @inline(__always)
    public mutating func finish() -> Int? {
        put(Token.end)
        guard limit > 0, let start = unsafe buffer.baseAddress else { return nil }
        var pieces = unsafe TreePieces(start + position)
        return unsafe Self.finish(buffer, &pieces)
    }

    /// Ends a tree behind its last token: the names, and the header's numbers.
    @inline(__always)
    static func finish(_ buffer: UnsafeMutableRawBufferPointer, _ pieces: inout TreePieces) -> Int {
        let start = unsafe buffer.baseAddress.unsafelyUnwrapped
        let position = unsafe pieces.distance(from: start)
        pieces.copy(Name.all)
        let size = position &+ Name.all.utf8CodeUnitCount
        func store(_ word: Int, at place: Int) {
            unsafe start.storeBytes(
                of: UInt32(truncatingIfNeeded: word).bigEndian, toByteOffset: place,
                as: UInt32.self)
        }
        store(0xD00D_FEED, at: Field.magic)
        store(size, at: Field.size)
        store(position, at: Field.names)
        store(position &- structureStart, at: Field.structureSize)
        return size
    }
}
