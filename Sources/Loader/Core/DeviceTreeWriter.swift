import KernelSupport

/// Writes a flattened device tree (Devicetree Specification 0.4, chapter 5)
/// into a buffer of the caller's; what does not fit is noticed at the end.
///
/// A boot runs all of this once, where code costs more by its size than by its
/// steps: hence calls instead of copies inline.
///
/// The one handle of raw memory here: every byte goes through `put` or
/// `nameOffset`, which check the bounds.
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
    private var names = FixedList<16, Name>(filler: Name(literal: 0, offset: 0))
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
            for i in 0..<Self.structureStart { unsafe buffer[i] = 0 }
        }
    }

    @inline(never)
    private mutating func put(_ byte: UInt8) {
        guard position < strings, !isFull else {
            isFull = true
            return
        }
        unsafe buffer[position] = byte
        position += 1
    }

    @inline(never)
    private mutating func put(_ word: UInt32) {
        put(UInt8(truncatingIfNeeded: word >> 24))
        put(UInt8(truncatingIfNeeded: word >> 16))
        put(UInt8(truncatingIfNeeded: word >> 8))
        put(UInt8(truncatingIfNeeded: word))
    }

    @inline(never)
    private mutating func put(_ number: UInt64) {
        put(UInt32(number >> 32))
        put(UInt32(truncatingIfNeeded: number))
    }

    @inline(never)
    private mutating func put(_ text: StaticString) {
        for i in 0..<text.utf8CodeUnitCount { put(unsafe text.utf8Start[i]) }
    }

    @inline(never)
    private mutating func pad() {
        while position & 3 != 0 && !isFull { put(UInt8(0)) }
    }

    /// Where a property's name lies among the names; it is added when it is new.
    private mutating func nameOffset(_ text: StaticString) -> UInt32 {
        let count = text.utf8CodeUnitCount
        let literal = unsafe UInt(bitPattern: text.utf8Start)
        for i in 0..<names.count where names[i].literal == literal { return names[i].offset }
        guard unsafe !isFull && count < buffer.count - stringsEnd else {
            isFull = true
            return 0
        }
        for i in 0..<count { unsafe buffer[stringsEnd + i] = text.utf8Start[i] }
        unsafe buffer[stringsEnd + count] = 0
        let offset = UInt32(stringsEnd - strings)
        stringsEnd += count + 1
        _ = names.append(Name(literal: literal, offset: offset))
        return offset
    }

    // MARK: - Nodes and properties

    /// Begins a node; with `unit`, its name is `name@unit` in hexadecimal digits.
    @inline(never)
    public mutating func beginNode(_ name: StaticString, unit: UInt64? = nil) {
        put(Token.beginNode)
        put(name)
        if let unit {
            put(UInt8(0x40))
            var shift = UInt64(max(0, (63 - unit.leadingZeroBitCount) & ~3))
            while true {
                let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
                put(digit < 10 ? 48 + digit : 87 + digit)
                if shift == 0 { break }
                shift -= 4
            }
        }
        put(UInt8(0))
        pad()
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
        beginProperty(name, text.utf8CodeUnitCount + 1)
        put(text)
        put(UInt8(0))
        pad()
    }

    /// A property of any bytes, with a zero at its end.
    public mutating func property(_ name: StaticString, bytes: RawSpan) {
        beginProperty(name, bytes.byteCount + 1)
        for i in bytes.byteOffsets { put(unsafe bytes.unsafeLoad(fromByteOffset: i, as: UInt8.self)) }
        put(UInt8(0))
        pad()
    }

    /// Ends the tree; its size in bytes, or `nil` when the buffer was too small.
    public mutating func finish() -> Int? {
        put(Token.end)
        guard !isFull else { return nil }
        let structureEnd = position
        let namesSize = stringsEnd - strings
        // The structure ends before the names start: they move down.
        for i in 0..<namesSize { unsafe buffer[structureEnd + i] = buffer[strings + i] }
        let header: [10 of Int] = [
            0xD00D_FEED, structureEnd + namesSize, Self.structureStart, structureEnd,
            Self.headerSize, 17, 16, 0, namesSize, structureEnd - Self.structureStart,
        ]
        position = 0
        for i in 0..<10 { put(UInt32(truncatingIfNeeded: header[i])) }
        return structureEnd + namesSize
    }
}
