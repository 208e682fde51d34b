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
        fileprivate let offset: UInt32

        fileprivate static let all: StaticString =
            "#address-cells\0#size-cells\0compatible\0device_type\0reg\0bootargs\0"

        public static let addressCells = Name(offset: 0)
        public static let sizeCells = Name(offset: 15)
        public static let compatible = Name(offset: 27)
        public static let deviceType = Name(offset: 38)
        public static let reg = Name(offset: 50)
        public static let bootArguments = Name(offset: 54)
    }

    private static let headerSize = 40
    /// The list of reserved memory: only its end.
    private static let reservationSize = 16
    private static let structureStart = headerSize + reservationSize

    private enum Token {
        static let beginNode: UInt32 = 1
        static let endNode: UInt32 = 2
        static let property: UInt32 = 3
        static let end: UInt32 = 9
    }

    /// - Parameter buffer: At least 1 KiB; stays the caller's.
    public init(_ buffer: UnsafeMutableRawBufferPointer) {
        unsafe self.buffer = unsafe buffer
        position = Self.structureStart
        limit = max(buffer.count &- Name.all.utf8CodeUnitCount, 0)
        if limit < Self.structureStart {
            limit = 0
        } else {
            unsafe buffer.baseAddress?.initializeMemory(
                as: UInt8.self, repeating: 0, count: Self.structureStart)
        }
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
        put(UInt32(truncatingIfNeeded: number >> 32))
        put(UInt32(truncatingIfNeeded: number))
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

    /// Begins a node; with `unit`, its name is `name@unit` in hexadecimal digits.
    @inline(never)
    public mutating func beginNode(_ name: StaticString, unit: UInt64? = nil) {
        put(Token.beginNode)
        guard let unit else {
            put(name)
            return
        }
        let count = name.utf8CodeUnitCount
        // At most 16 digits, and the sign in front of them.
        guard let place = unsafe room(count &+ 17) else { return }
        unsafe place.copyMemory(from: name.utf8Start, byteCount: count)
        unsafe (place + count).storeBytes(of: 0x40, as: UInt8.self)
        position &+= count &+ 1
        var shift = max(0, (63 &- unit.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: unit &>> UInt64(truncatingIfNeeded: shift) & 15)
            unsafe buffer[position] = digit &+ (digit < 10 ? 48 : 87)
            position &+= 1
            shift &-= 4
        }
        unsafe put(nil, 0)
    }

    public mutating func endNode() { put(Token.endNode) }

    @inline(never)
    private mutating func beginProperty(_ name: Name, _ length: Int) {
        put(Token.property)
        put(UInt32(truncatingIfNeeded: length))
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

    /// A property of the ranges of a memory map, two numbers of two cells for each:
    /// its first byte and its size.
    @inline(never)
    public mutating func property(_ name: Name, _ ranges: inout MemoryMap) {
        beginProperty(name, 16 &* ranges.count)
        var i = 0
        while i < ranges.count {
            let range = ranges.element(i)
            put(range.lowerBound)
            put(range.upperBound &- range.lowerBound)
            i &+= 1
        }
    }

    /// A property of text, with a zero at its end.
    @inline(never)
    public mutating func property(_ name: Name, text: StaticString) {
        beginProperty(name, text.utf8CodeUnitCount &+ 1)
        put(text)
    }

    /// A property of any bytes, with a zero at its end.
    public mutating func property(_ name: Name, bytes: RawSpan) {
        beginProperty(name, bytes.byteCount &+ 1)
        unsafe bytes.withUnsafeBytes { unsafe put($0.baseAddress, $0.count) }
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
    public mutating func endBytes() {
        add(0)
        let length = position &- bytesStart
        while position & 3 != 0, limit > 0 { add(0) }
        guard limit > 0, let start = unsafe buffer.baseAddress else { return }
        // In front of the bytes are the length and the name.
        unsafe (start + (bytesStart - 8)).storeBytes(
            of: UInt32(truncatingIfNeeded: length).bigEndian, as: UInt32.self)
    }

    /// Ends the tree; its size in bytes, or `nil` when the buffer was too small.
    @inline(__always)
    public mutating func finish() -> Int? {
        put(Token.end)
        guard limit > 0, let start = unsafe buffer.baseAddress else { return nil }
        let structureEnd = position
        let namesSize = Name.all.utf8CodeUnitCount
        unsafe (start + structureEnd).copyMemory(from: Name.all.utf8Start, byteCount: namesSize)
        let header: [10 of Int] = [
            0xD00D_FEED, structureEnd &+ namesSize, Self.structureStart, structureEnd,
            Self.headerSize, 17, 16, 0, namesSize, structureEnd &- Self.structureStart,
        ]
        position = 0
        for i in 0..<10 { put(UInt32(truncatingIfNeeded: header[i])) }
        return structureEnd &+ namesSize
    }
}
