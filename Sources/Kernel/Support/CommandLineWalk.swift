/// A walk over the bytes of a boot command line's words, without their quotes and
/// backslashes (`CommandLineWord` says what those are).
struct CommandLineWalk {
    var offset: Int
    private var isQuoted = false

    private static let space: UInt8 = 0x20
    private static let quote: UInt8 = 0x22
    private static let backslash: UInt8 = 0x5C

    init(offset: Int) { self.offset = offset }

    /// The next byte, `nil` at the word's end.
    @inline(never)
    mutating func next(in line: RawSpan, end: Int) -> UInt8? {
        while offset < end,
            let byte = line.value(at: UInt64(bitPattern: Int64(offset)), as: UInt8.self)
        {
            switch byte {
            case 0:
                return nil
            case Self.space where !isQuoted:
                return nil
            case Self.quote:
                isQuoted.toggle()
                offset &+= 1
            case Self.backslash:
                offset &+= 1
                guard offset < end,
                    let taken = line.value(at: UInt64(bitPattern: Int64(offset)), as: UInt8.self),
                    taken != 0
                else { return byte }
                offset &+= 1
                return taken
            default:
                offset &+= 1
                return byte
            }
        }
        return nil
    }

    /// Goes on to the next word's first byte; `false`: there is none.
    @inline(__always)
    mutating func skipSpaces(in line: RawSpan) -> Bool {
        isQuoted = false
        while true {
            let byte = line.value(at: UInt64(bitPattern: Int64(offset)), as: UInt8.self) ?? 0
            if byte != Self.space { return byte != 0 }
            offset &+= 1
        }
    }

    /// Passes `name=`, as it is, if it comes next.
    @inline(__always)
    mutating func skipName(in line: RawSpan) -> Bool {
        let place = UInt64(bitPattern: Int64(offset))
        guard line.value(at: place, as: UInt32.self) == 0x656D_616E,
            line.value(at: place &+ 4, as: UInt8.self) == 0x3D
        else { return false }
        offset &+= 5
        return true
    }

    /// Passes the word `--`, as it is, if it comes next.
    @inline(__always)
    mutating func skipSeparator(in line: RawSpan) -> Bool {
        let place = UInt64(bitPattern: Int64(offset))
        guard line.value(at: place, as: UInt16.self) == 0x2D2D,
            (line.value(at: place &+ 2, as: UInt8.self) ?? 0) & ~Self.space == 0
        else { return false }
        offset &+= 2
        return true
    }

    /// Writes the rest of a word to `offset`, and a zero byte; what does not fit is
    /// left out.
    ///
    /// - Returns: The offset behind the zero.
    @inline(__always)
    mutating func write(of line: RawSpan, to buffer: inout MutableRawSpan, at offset: Int) -> Int {
        var end = offset
        while true {
            let byte = next(in: line, end: line.byteCount)
            _ = buffer.store(byte ?? 0, at: UInt64(truncatingIfNeeded: end))
            end &+= 1
            if byte == nil { return end }
        }
    }
}
