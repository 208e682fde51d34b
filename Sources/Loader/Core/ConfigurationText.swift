import KernelSupport

/// A value in the text of `hermit.toml`, a string as it stands there: its
/// escapes are taken apart when it is read.
public struct ConfigurationString: Equatable, Sendable {
    /// Without its quotes.
    public let range: Range<Int>
    /// In double quotes: a backslash escapes.
    public let hasEscapes: Bool

    /// A walk over the bytes that the string stands for.
    public struct Reader {
        private var offset: Int
        private let end: Int
        private let hasEscapes: Bool
        /// The rest of a character of several bytes, the next one lowest.
        private var pending: UInt32 = 0
        /// An escape is none, or the string holds what no string may.
        public private(set) var isDamaged = false

        fileprivate init(_ string: ConfigurationString) {
            offset = string.range.lowerBound
            end = string.range.upperBound
            hasEscapes = string.hasEscapes
        }

        private mutating func take(_ bytes: RawSpan) -> UInt8? {
            guard offset < end, let byte = bytes.byte(offset) else { return nil }
            offset &+= 1
            return byte
        }

        private mutating func fail() -> UInt8? {
            isDamaged = true
            offset = end
            return nil
        }

        /// The next byte; `nil` at the end.
        @inline(never)
        public mutating func next(_ bytes: RawSpan) -> UInt8? {
            if pending != 0 {
                let byte = UInt8(truncatingIfNeeded: pending)
                pending >>= 8
                return byte
            }
            guard let byte = take(bytes) else { return nil }
            guard byte >= 0x20 || byte == 0x09, byte != 0x7F else { return fail() }
            guard byte == UInt8(ascii: "\\"), hasEscapes else { return byte }
            switch take(bytes) {
            case UInt8(ascii: "\""): return UInt8(ascii: "\"")
            case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
            case UInt8(ascii: "b"): return 0x08
            case UInt8(ascii: "t"): return 0x09
            case UInt8(ascii: "n"): return 0x0A
            case UInt8(ascii: "f"): return 0x0C
            case UInt8(ascii: "r"): return 0x0D
            case UInt8(ascii: "u"): return scalar(bytes, digits: 4)
            case UInt8(ascii: "U"): return scalar(bytes, digits: 8)
            default: return fail()
            }
        }

        /// A byte of a character behind its first one.
        private static func rest(_ value: UInt32, _ shift: UInt32) -> UInt32 {
            0x80 | value >> shift & 0x3F
        }

        /// A character by its number in hexadecimal digits, as UTF-8 has it.
        private mutating func scalar(_ bytes: RawSpan, digits: Int) -> UInt8? {
            var value: UInt32 = 0
            for _ in 0..<digits {
                guard let digit = take(bytes)?.hexadecimalValue, value < 0x1000_0000 else {
                    return fail()
                }
                value = value << 4 | UInt32(digit)
            }
            switch value {
            case 1..<0x80: return UInt8(truncatingIfNeeded: value)
            case 0x80..<0x800:
                pending = Self.rest(value, 0)
                return UInt8(truncatingIfNeeded: 0xC0 | value >> 6)
            case 0x800..<0xD800, 0xE000..<0x1_0000:
                pending = Self.rest(value, 6) | Self.rest(value, 0) << 8
                return UInt8(truncatingIfNeeded: 0xE0 | value >> 12)
            case 0x1_0000..<0x11_0000:
                pending = Self.rest(value, 12) | Self.rest(value, 6) << 8 | Self.rest(value, 0) << 16
                return UInt8(truncatingIfNeeded: 0xF0 | value >> 18)
            default: return fail()
            }
        }
    }

    public var reader: Reader { Reader(self) }

    /// Whether all of it means something.
    func isValid(_ bytes: RawSpan) -> Bool {
        var reader = reader
        while reader.next(bytes) != nil {}
        return !reader.isDamaged
    }
}

/// The text of `hermit.toml`: of TOML 1.0 what Hermit's configuration needs, which
/// is sections, comments, strings of one line, whole numbers, truth values, and
/// lists of strings over any number of lines.
///
/// Nothing of it is trusted, and nothing is copied.
struct ConfigurationText {
    /// What a value belongs to, by its section and key.
    enum Key { case version, kernel, kernelWord, argument, environment, memory, processors, other }

    private let end: Int
    private var offset: Int
    private var isInput = false
    private var isRequirements = false
    private var isForeign = false
    /// The list that its strings belong to that come next.
    private var list: Key? = nil
    /// The text is none that is understood.
    private(set) var isDamaged = false

    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next string or number, those of a list one after the other; `nil` at
    /// the end, and where the text is none of the kind above.
    @inline(never)
    mutating func next(_ bytes: RawSpan) -> (key: Key, value: ConfigurationString)? {
        while !isDamaged {
            if let list {
                if let text = nextOfList(bytes) { return (list, text) }
                continue
            }
            guard skipToLine(bytes) else { return nil }
            if bytes.byte(offset) == UInt8(ascii: "[") {
                isDamaged = !section(bytes)
                continue
            }
            guard let name = word(bytes) else { break }
            skipBlanks(bytes)
            guard take(bytes, UInt8(ascii: "=")) else { break }
            skipBlanks(bytes)
            let key = self.key(bytes, name)
            if take(bytes, UInt8(ascii: "[")) {
                list = key
                continue
            }
            let isText = bytes.byte(offset) == UInt8(ascii: "\"") || bytes.byte(offset) == UInt8(ascii: "'")
            // Else a number or a truth value.
            guard
                let value = isText
                    ? string(bytes)
                    : plainValue(bytes),
                endsLine(bytes)
            else { break }
            return (key, value)
        }
        isDamaged = true
        return nil
    }

    /// The next string of a list; `nil`: the list has ended, or is damaged.
    private mutating func nextOfList(_ bytes: RawSpan) -> ConfigurationString? {
        guard skipToLine(bytes) else {
            isDamaged = true
            return nil
        }
        if take(bytes, UInt8(ascii: "]")) {
            list = nil
            isDamaged = !endsLine(bytes)
            return nil
        }
        guard let text = string(bytes), skipToLine(bytes),
            bytes.byte(offset) == UInt8(ascii: "]") || take(bytes, UInt8(ascii: ","))
        else {
            isDamaged = true
            return nil
        }
        return text
    }

    private func key(_ bytes: RawSpan, _ name: Range<Int>) -> Key {
        if isForeign { return .other }
        if isInput {
            if bytes.isText("kernel_args", in: name) { return .kernelWord }
            if bytes.isText("app_args", in: name) { return .argument }
            if bytes.isText("env_vars", in: name) { return .environment }
        } else if isRequirements {
            if bytes.isText("memory", in: name) { return .memory }
            if bytes.isText("cpus", in: name) { return .processors }
        } else {
            if bytes.isText("version", in: name) { return .version }
            if bytes.isText("kernel", in: name) { return .kernel }
        }
        return .other
    }

    // MARK: - Parts

    private mutating func take(_ bytes: RawSpan, _ byte: UInt8) -> Bool {
        guard offset < end, bytes.byte(offset) == byte else { return false }
        offset &+= 1
        return true
    }

    private mutating func skipBlanks(_ bytes: RawSpan) {
        while offset < end, let byte = bytes.byte(offset), byte == 0x20 || byte == 0x09 {
            offset &+= 1
        }
    }

    private mutating func skipComment(_ bytes: RawSpan) {
        guard offset < end, bytes.byte(offset) == UInt8(ascii: "#") else { return }
        while offset < end, bytes.byte(offset) != 0x0A { offset &+= 1 }
    }

    /// Goes to the next byte that is no blank, line's end or comment; whether there is one.
    private mutating func skipToLine(_ bytes: RawSpan) -> Bool {
        while offset < end {
            let start = offset
            skipBlanks(bytes)
            skipComment(bytes)
            while offset < end, let byte = bytes.byte(offset), byte == 0x0A || byte == 0x0D {
                offset &+= 1
            }
            if offset == start { return true }
        }
        return false
    }

    private mutating func endsLine(_ bytes: RawSpan) -> Bool {
        skipBlanks(bytes)
        skipComment(bytes)
        if offset < end, bytes.byte(offset) == 0x0D { offset &+= 1 }
        return offset == end || take(bytes, 0x0A)
    }

    private mutating func word(_ bytes: RawSpan) -> Range<Int>? {
        let start = offset
        while offset < end, let byte = bytes.byte(offset), byte.isWordByte { offset &+= 1 }
        return offset > start ? start..<offset : nil
    }

    private mutating func plainValue(_ bytes: RawSpan) -> ConfigurationString? {
        guard let range = word(bytes) else { return nil }
        return ConfigurationString(range: range, hasEscapes: false)
    }

    private mutating func section(_ bytes: RawSpan) -> Bool {
        offset &+= 1
        skipBlanks(bytes)
        guard let name = word(bytes) else { return false }
        skipBlanks(bytes)
        isInput = bytes.isText("input", in: name)
        isRequirements = bytes.isText("requirements", in: name)
        isForeign = !isInput && !isRequirements
        return take(bytes, UInt8(ascii: "]")) && endsLine(bytes)
    }

    private mutating func string(_ bytes: RawSpan) -> ConfigurationString? {
        let hasEscapes = bytes.byte(offset) == UInt8(ascii: "\"")
        let quote = hasEscapes ? UInt8(ascii: "\"") : UInt8(ascii: "'")
        guard take(bytes, quote) else { return nil }
        let start = offset
        while offset < end, let byte = bytes.byte(offset), byte != 0x0A, byte != quote {
            offset &+= hasEscapes && byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard offset < end, bytes.byte(offset) == quote else { return nil }
        let text = ConfigurationString(range: start..<offset, hasEscapes: hasEscapes)
        offset &+= 1
        return text.isValid(bytes) ? text : nil
    }
}

extension UInt8 {
    /// Of a bare key (TOML 1.0, "Keys"), or of a number.
    fileprivate var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension RawSpan {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8? { value(at: UInt64(bitPattern: Int64(offset)), as: UInt8.self) }

    func isText(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count where byte(range.lowerBound &+ index) != text.byte(at: index) {
            return false
        }
        return true
    }
}
