/// Writes a flattened device tree (Devicetree Specification 0.4, chapter 5)
/// into a buffer of the caller's; what does not fit is noticed at the end.
@safe public struct DeviceTreeWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private var position: Int
    private var strings: Int
    private var isFull = false

    private static let headerSize = 40
    private static let reservationSize = 16
    /// Names of properties are kept behind the buffer's end, growing downwards
    /// would reverse them; they get this much of its tail instead.
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
        position = Self.headerSize + Self.reservationSize
        strings = buffer.count - Self.stringRoom
        isFull = strings < position
        for i in 0..<min(buffer.count, position) { unsafe buffer[i] = 0 }
    }

    private mutating func put(_ byte: UInt8) {
        guard unsafe position < buffer.count - Self.stringRoom else {
            isFull = true
            return
        }
        unsafe buffer[position] = byte
        position += 1
    }

    private mutating func put(_ word: UInt32) {
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 8
            put(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    private mutating func pad() {
        while position & 3 != 0 && !isFull { put(UInt8(0)) }
    }

    private mutating func name(_ text: StaticString) -> UInt32 {
        let offset = unsafe strings - (buffer.count - Self.stringRoom)
        guard unsafe strings + text.utf8CodeUnitCount < buffer.count else {
            isFull = true
            return 0
        }
        for i in 0..<text.utf8CodeUnitCount { unsafe buffer[strings + i] = text.utf8Start[i] }
        unsafe buffer[strings + text.utf8CodeUnitCount] = 0
        strings += text.utf8CodeUnitCount + 1
        return UInt32(offset)
    }

    /// Begins a node; with `unit`, its name is `name@unit` in hexadecimal digits.
    public mutating func beginNode(_ name: StaticString, unit: UInt64? = nil) {
        put(Token.beginNode)
        for i in 0..<name.utf8CodeUnitCount { put(unsafe name.utf8Start[i]) }
        if let unit {
            put(UInt8(0x40))
            var shift = UInt64(max(0, 60 - unit.leadingZeroBitCount & ~3))
            while true {
                let digit = UInt8(unit >> shift & 15)
                put(digit < 10 ? 48 + digit : 87 + digit)
                if shift == 0 { break }
                shift -= 4
            }
        }
        put(UInt8(0))
        pad()
    }

    public mutating func endNode() { put(Token.endNode) }

    private mutating func beginProperty(_ text: StaticString, _ length: Int) {
        put(Token.property)
        put(UInt32(length))
        put(name(text))
    }

    /// A property of one 32-bit cell.
    public mutating func property(_ name: StaticString, cell value: UInt32) {
        beginProperty(name, 4)
        put(value)
    }

    /// A property of 64-bit numbers, two cells each.
    public mutating func property(_ name: StaticString, _ first: UInt64, _ second: UInt64) {
        beginProperty(name, 16)
        let values: [2 of UInt64] = [first, second]
        for i in 0..<2 {
            let value = values[i]
            put(UInt32(value >> 32))
            put(UInt32(truncatingIfNeeded: value))
        }
    }

    /// A property of text, with a zero at its end.
    public mutating func property(_ name: StaticString, text: StaticString) {
        beginProperty(name, text.utf8CodeUnitCount + 1)
        for i in 0..<text.utf8CodeUnitCount { put(unsafe text.utf8Start[i]) }
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
        let namesSize = unsafe strings - (buffer.count - Self.stringRoom)
        // The names move down behind the structure.
        for i in 0..<namesSize {
            unsafe buffer[structureEnd + i] = buffer[buffer.count - Self.stringRoom + i]
        }
        let structure = Self.headerSize + Self.reservationSize
        position = 0
        let header: [10 of UInt32] = [
            0xD00D_FEED, UInt32(structureEnd + namesSize), UInt32(structure),
            UInt32(structureEnd), UInt32(Self.headerSize), 17, 16, 0, UInt32(namesSize),
            UInt32(structureEnd - structure),
        ]
        for i in 0..<10 { put(header[i]) }
        return structureEnd + namesSize
    }
}
