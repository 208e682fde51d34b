import CMachine
import KernelMain
import KernelSupport

/// A call as a line of text, or the part of it that is known.
///
/// The arguments end early where the line gets long: what came of the call
/// has room behind them.
struct TraceLine {
    var line = LineBuffer()
    private var isFull = false

    /// Bytes that are kept for what comes behind the arguments.
    private static let reserve = 80
    /// Bytes of a string that are shown.
    private static let stringLimit = 32
    /// Elements of an array that are shown.
    private static let arrayLimit = 4

    // MARK: - Arguments

    /// Appends the arguments from the first to the last of `range`.
    ///
    /// - Parameter result: What the function has returned; `nil` before it has.
    mutating func append(
        _ range: Range<Int>, of function: TraceFunction, _ arguments: InlineArray<6, UInt64>,
        result: UInt64?
    ) {
        for i in range where !isFull {
            if i > 0 { line.append(", ") }
            let value = function.parameter(i)
            if value.isWritten, let result, Self.isError(result, of: function) {
                // Nothing was written.
                append(address: arguments[i])
                continue
            }
            var count = value.countIndex.map { arguments[$0] }
            if value.isWritten, value.kind == .bytes, let result {
                // As many as were written.
                count = min(count ?? 0, Int64(bitPattern: result) > 0 ? result : 0)
            }
            append(value, arguments[i], count: count)
            endIfFull()
        }
    }

    private static func isError(_ result: UInt64, of function: TraceFunction) -> Bool {
        switch function.result.kind {
        case .signed: signed(result, size: function.result.size) < 0
        case .string, .address: result == 0
        default: false
        }
    }

    private mutating func endIfFull() {
        guard !isFull, line.room < Self.reserve else { return }
        isFull = true
        line.append("...")
    }

    /// Appends a value that is in a register.
    private mutating func append(_ value: TraceValue, _ bits: UInt64, count: UInt64?) {
        switch value.kind {
        case .nothing, .record, .array: break
        case .signed: line.append(decimal: Int(Self.signed(bits, size: value.size)))
        case .unsigned: append(unsigned: Self.unsigned(bits, size: value.size))
        case .octal: append(octal: Self.unsigned(bits, size: value.size))
        case .oneOf: appendConstant(of: value.constants, Self.signed(bits, size: value.size))
        case .flags: appendFlags(of: value.constants, Self.unsigned(bits, size: value.size))
        case .address: append(address: bits)
        case .string, .bytes, .pointer:
            if !appendMemory(value, bits, count: count) { append(address: bits) }
        }
    }

    private static func signed(_ bits: UInt64, size: Int) -> Int64 {
        switch size {
        case 1: Int64(Int8(truncatingIfNeeded: bits))
        case 2: Int64(Int16(truncatingIfNeeded: bits))
        case 4: Int64(Int32(truncatingIfNeeded: bits))
        default: Int64(bitPattern: bits)
        }
    }

    private static func unsigned(_ bits: UInt64, size: Int) -> UInt64 {
        size >= 8 ? bits : bits & (1 << UInt64(8 * size) - 1)
    }

    // MARK: - Numbers

    private mutating func append(address: UInt64) {
        if address == 0 { line.append("NULL") } else { line.append(hexadecimal: address) }
    }

    private mutating func append(unsigned value: UInt64) {
        if let value = Int(exactly: value) {
            line.append(decimal: value)
        } else {
            line.append(hexadecimal: value)
        }
    }

    private mutating func append(octal value: UInt64) {
        line.append("0")
        guard value != 0 else { return }
        var shift = UInt64(63 - value.leadingZeroBitCount) / 3 * 3
        while true {
            line.append(48 + UInt8(truncatingIfNeeded: value >> shift & 7))
            if shift == 0 { return }
            shift -= 3
        }
    }

    private mutating func append(_ name: TraceName) {
        name.forEachByte { line.append($0) }
    }

    private mutating func appendConstant(of constants: TraceConstants, _ value: Int64) {
        if let name = constants.name(of: value) {
            append(name)
        } else {
            line.append(decimal: Int(value))
        }
    }

    /// The names of all bits, the largest numbers first; what has no name as a number.
    private mutating func appendFlags(of constants: TraceConstants, _ value: UInt64) {
        guard value != 0 else { return appendConstant(of: constants, 0) }
        var rest = value
        var isFirst = true
        for i in 0..<constants.count where rest != 0 {
            let (name, flag) = constants[i]
            let bits = UInt64(bitPattern: flag)
            guard bits != 0, rest & bits == bits else { continue }
            if !isFirst { line.append("|") }
            isFirst = false
            append(name)
            rest &= ~bits
        }
        guard rest != 0 else { return }
        if !isFirst { line.append("|") }
        line.append(hexadecimal: rest)
    }

    // MARK: - Memory

    /// What an address names; `false`, and nothing is appended, where that
    /// can't be read.
    private mutating func appendMemory(
        _ value: TraceValue, _ address: UInt64, count: UInt64?
    ) -> Bool {
        let start = line
        let isRead =
            switch value.kind {
            case .string: appendBytes(at: address, count: .max, isString: true)
            case .bytes: appendBytes(at: address, count: count ?? 0, isString: false)
            default: value.type.map { appendElements($0, address, count: count) } ?? false
            }
        if !isRead { line = start }
        return isRead
    }

    /// One, or with a count as many in brackets.
    private mutating func appendElements(
        _ type: TraceType, _ address: UInt64, count: UInt64?
    ) -> Bool {
        guard let count else { return append(type, at: address) }
        guard count > 0 else {
            line.append("[]")
            return address != 0
        }
        line.append("[")
        for i in 0..<min(count, UInt64(Self.arrayLimit)) {
            if i > 0 { line.append(", ") }
            guard append(type, at: address &+ i &* UInt64(type.size)) else { return false }
        }
        line.append(count > Self.arrayLimit ? ", ...]" : "]")
        return true
    }

    private mutating func append(_ type: TraceType, at address: UInt64) -> Bool {
        // A value alone.
        let isRecord = !type[0].name.isEmpty
        line.append(isRecord ? "{" : "[")
        for i in 0..<type.fieldCount where !isFull {
            let field = type[i]
            if i > 0 { line.append(", ") }
            if isRecord {
                append(field.name)
                line.append("=")
            }
            guard append(field.value, at: address &+ UInt64(field.offset)) else { return false }
            endIfFull()
        }
        line.append(isRecord ? "}" : "]")
        return true
    }

    private mutating func append(_ value: TraceValue, at address: UInt64) -> Bool {
        if value.kind == .record { return value.type.map { append($0, at: address) } ?? false }
        if value.kind == .array {
            return appendBytes(at: address, count: UInt64(value.size), isString: false)
        }
        guard let bits = Self.load(address, size: value.size) else { return false }
        // Addresses in memory stay addresses.
        switch value.kind {
        case .string, .bytes, .pointer: append(address: bits)
        default: append(value, bits, count: nil)
        }
        return true
    }

    private static func load(_ address: UInt64, size: Int) -> UInt64? {
        var bits: UInt64 = 0
        let isRead = unsafe withUnsafeMutableBytes(of: &bits) { bytes in
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(size, 8)])
            return unsafe read(address, to: part) == part.count
        }
        return isRead ? bits : nil
    }

    /// How many bytes could be read.
    private static func read(_ address: UInt64, to bytes: UnsafeMutableRawBufferPointer) -> Int {
        do throws(Errno) {
            return try unsafe ApplicationBuffer(
                UnsafeRawPointer(bitPattern: UInt(address)), count: bytes.count
            ).read(at: 0, to: bytes)
        } catch {
            return 0
        }
    }

    /// In quotation marks, cut off with dots where there are more.
    private mutating func appendBytes(at address: UInt64, count: UInt64, isString: Bool) -> Bool {
        guard address != 0 else { return false }
        line.append(34)
        var offset: UInt64 = 0
        while offset < count {
            guard let byte = Self.load(address &+ offset, size: 1) else {
                // Nothing was there at all.
                guard offset > 0 else { return false }
                break
            }
            if isString && byte == 0 { break }
            if offset == Self.stringLimit {
                line.append("\"...")
                return true
            }
            append(quoted: UInt8(truncatingIfNeeded: byte))
            offset += 1
        }
        line.append(34)
        return true
    }

    /// As C writes it.
    private mutating func append(quoted byte: UInt8) {
        switch byte {
        case 34: line.append("\\\"")
        case 92: line.append("\\\\")
        case 9: line.append("\\t")
        case 10: line.append("\\n")
        case 13: line.append("\\r")
        case 32..<127: line.append(byte)
        default:
            line.append(92)
            for shift: UInt8 in [6, 3, 0] { line.append(48 + (byte >> shift & 7)) }
        }
    }

    // MARK: - The end

    /// Appends what the function returned, and the error's name.
    mutating func append(result bits: UInt64, of function: TraceFunction) {
        line.append(")")
        let value = function.result
        guard value.kind != .nothing else { return }
        line.append(" = ")
        append(value, bits, count: nil)
        let number = Self.signed(bits, size: value.size)
        guard value.kind == .signed, number < 0, let name = value.constants.name(of: 0 - number)
        else { return }
        line.append(" ")
        append(name)
    }

    /// Appends the time that a call took: seconds, as `<0.000123>`.
    mutating func append(duration nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1000
        line.append(" <")
        line.append(decimal: Int(microseconds / 1_000_000))
        line.append(".")
        var power: UInt64 = 100_000
        while power > 0 {
            line.append(48 + UInt8(microseconds / power % 10))
            power /= 10
        }
        line.append(">")
    }

    /// The task in front of everything.
    mutating func begin(task: Int32, _ text: StaticString, _ function: TraceFunction) {
        line.append(decimal: Int(task))
        line.append(text)
        append(function.name)
    }
}
