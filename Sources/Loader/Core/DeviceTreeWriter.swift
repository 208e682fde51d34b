import KernelSupport

/// Writes a flattened device tree (Devicetree Specification 0.4, chapter 5)
/// into a buffer of the caller's; what does not fit is noticed at the end.
///
/// A boot runs all of this once, where code costs more by its size than by its
/// steps: hence calls instead of copies inline.
///
/// The one handle of raw memory here: every byte goes where `room` or
/// `nameOffset` has found that it may.
@safe public struct DeviceTreeWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    /// Where the structure is written to; never behind `strings`.
    private var position: Int
    /// Where the names of properties start: they are gathered in the buffer's
    /// tail, each once, and moved behind the structure at the end.
    private let strings: Int
    private var stringsEnd: Int
    /// The names that are there already, each by the address of its literal:
    /// the same name in another literal is there twice, which is allowed.
    private var names: [16 of Name] = .init(repeating: Name(literal: 0, offset: 0))
    private var nameCount = 0
    private var isFull = false

    private struct Name {
        var literal: UInt
        var offset: UInt32
    }

    private static let headerSize = 40
    /// The list of reserved memory: only its end.
    private static let reservationSize = 16
    private static let structureStart = headerSize + reservationSize
    /// Room for the names of properties.
    private static let stringRoom = 512

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
        strings = max(buffer.count - Self.stringRoom, 0)
        stringsEnd = strings
        if strings < Self.structureStart {
            isFull = true
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
            isFull = true
            return nil
        }
        return unsafe start + position
    }

    /// Where the structure has to end.
    private var limit: Int { isFull ? 0 : strings }

    @inline(never)
    private mutating func put(_ word: UInt32) {
        guard let place = unsafe room(4) else { return }
        unsafe place.storeBytes(of: word.bigEndian, as: UInt32.self)
        position &+= 4
    }

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

    /// Where a property's name lies among the names; it is added when it is new.
    @inline(never)
    private mutating func nameOffset(_ text: StaticString) -> UInt32 {
        let literal = unsafe UInt(bitPattern: text.utf8Start)
        var i = 0
        while i < nameCount {
            if names[i].literal == literal { return names[i].offset }
            i &+= 1
        }
        let count = text.utf8CodeUnitCount
        guard !isFull, unsafe stringsEnd &+ count < buffer.count, let start = unsafe buffer.baseAddress
        else {
            isFull = true
            return 0
        }
        let place = unsafe start + stringsEnd
        unsafe place.copyMemory(from: text.utf8Start, byteCount: count)
        unsafe (place + count).storeBytes(of: 0, as: UInt8.self)
        let offset = UInt32(truncatingIfNeeded: stringsEnd &- strings)
        stringsEnd &+= count &+ 1
        // A name that does not fit is there twice.
        if nameCount < names.count {
            names[nameCount] = Name(literal: literal, offset: offset)
            nameCount &+= 1
        }
        return offset
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
    private mutating func beginProperty(_ text: StaticString, _ length: Int) {
        put(Token.property)
        put(UInt32(truncatingIfNeeded: length))
        put(nameOffset(text))
    }

    /// A property of one 32-bit cell.
    @inline(never)
    public mutating func property(_ name: StaticString, cell value: UInt32) {
        beginProperty(name, 4)
        put(value)
    }

    /// A property of two 64-bit numbers, two cells each.
    @inline(never)
    public mutating func property(_ name: StaticString, _ first: UInt64, _ second: UInt64) {
        beginProperty(name, 16)
        put(first)
        put(second)
    }

    /// A property of text, with a zero at its end.
    @inline(never)
    public mutating func property(_ name: StaticString, text: StaticString) {
        beginProperty(name, text.utf8CodeUnitCount &+ 1)
        put(text)
    }

    /// A property of any bytes, with a zero at its end.
    public mutating func property(_ name: StaticString, bytes: RawSpan) {
        beginProperty(name, bytes.byteCount &+ 1)
        unsafe bytes.withUnsafeBytes { unsafe put($0.baseAddress, $0.count) }
    }

    /// Ends the tree; its size in bytes, or `nil` when the buffer was too small.
    public mutating func finish() -> Int? {
        put(Token.end)
        guard !isFull, let start = unsafe buffer.baseAddress else { return nil }
        let structureEnd = position
        let namesSize = stringsEnd &- strings
        // The structure ends before the names start: they move down.
        unsafe (start + structureEnd).copyMemory(from: start + strings, byteCount: namesSize)
        let header: [10 of Int] = [
            0xD00D_FEED, structureEnd &+ namesSize, Self.structureStart, structureEnd,
            Self.headerSize, 17, 16, 0, namesSize, structureEnd &- Self.structureStart,
        ]
        position = 0
        for i in 0..<10 { put(UInt32(truncatingIfNeeded: header[i])) }
        return structureEnd &+ namesSize
    }
}
