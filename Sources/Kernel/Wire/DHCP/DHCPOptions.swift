import KernelSupport

/// The options of a message: those of the options' field, and then those of the fields
/// for the file and the server's name where the message says so (RFC 2131, 4.1;
/// RFC 2132, 9.3). An option that comes several times is one, in pieces (RFC 3396).
public struct DHCPOptions: ~Escapable {
    let message: RawSpan
    /// 1: the file's field has options, 2: the server name's, 3: both.
    private let overload: UInt8

    /// Checks every length. `nil`: one of them lies.
    @_lifetime(copy message)
    init?(_ message: RawSpan) {
        self.message = message
        guard let overload = Self.overload(message, DHCPLayout.options..<message.byteCount), overload <= 3 else {
            return nil
        }
        self.overload = overload
        // What says where options are has to be among those that are always there.
        if isUsed(DHCPLayout.file), Self.overload(message, DHCPLayout.file) != 0 { return nil }
        if isUsed(DHCPLayout.serverName), Self.overload(message, DHCPLayout.serverName) != 0 { return nil }
    }

    /// What the options of a field say of the other fields, 0 being that they say
    /// nothing; `nil`: a length is wrong.
    private static func overload(_ message: RawSpan, _ field: Range<Int>) -> UInt8? {
        var overload: UInt8 = 0
        var at = field.lowerBound
        while true {
            let step = Self.step(message, at, field.upperBound)
            guard step.isSound else { return nil }
            guard step.next > at else { return overload }
            if step.code == DHCPOption.overload {
                guard overload == 0, step.count == 1 else { return nil }
                overload = message.field(at: step.next &- 1)
                guard overload != 0 else { return nil }
            }
            at = step.next
        }
    }

    private func isUsed(_ field: Range<Int>) -> Bool {
        overload & (field.lowerBound == DHCPLayout.file.lowerBound ? 1 : 2) != 0
    }

    /// What is at a place among options.
    struct Step {
        var code: UInt8
        /// Bytes of the option's value.
        var count: Int
        /// Behind it; the place itself, where the options end.
        var next: Int
        var isSound = true
    }

    /// The option at `at`, pads being options without a value. That the end is not
    /// marked is no lie.
    @inline(__always)
    static func step(_ message: RawSpan, _ at: Int, _ end: Int) -> Step {
        guard at < end else { return Step(code: DHCPOption.end, count: 0, next: at) }
        let code: UInt8 = message.field(at: at)
        if code == DHCPOption.end { return Step(code: code, count: 0, next: at) }
        if code == DHCPOption.pad { return Step(code: code, count: 0, next: at &+ 1) }
        guard end &- at >= 2 else { return Step(code: code, count: 0, next: at, isSound: false) }
        let count = Int(message.field(at: at &+ 1, as: UInt8.self))
        return Step(code: code, count: count, next: at &+ 2 &+ count, isSound: count <= end &- at &- 2)
    }

    /// The bytes of an option, of all its pieces; there are none where it is not there.
    @_lifetime(copy self)
    public func value(of code: UInt8) -> DHCPOptionValue {
        DHCPOptionValue(copy self, code)
    }

    /// The field that follows `field`, with options in it.
    fileprivate func field(after field: Range<Int>) -> Range<Int>? {
        if field.lowerBound == DHCPLayout.options, isUsed(DHCPLayout.file) { return DHCPLayout.file }
        if field.lowerBound != DHCPLayout.serverName.lowerBound, isUsed(DHCPLayout.serverName) {
            return DHCPLayout.serverName
        }
        return nil
    }
}

/// Reads an option's value from its first byte on.
public struct DHCPOptionValue: ~Escapable {
    private let options: DHCPOptions
    private let code: UInt8
    private var field: Range<Int>
    /// The next option.
    private var at: Int
    /// What is not read of the piece.
    private var piece = 0..<0
    /// Bytes that are not read.
    public private(set) var count = 0
    /// Whether the option is there, if only without a value.
    public private(set) var isThere = false

    @_lifetime(copy options)
    fileprivate init(_ options: consuming DHCPOptions, _ code: UInt8) {
        field = DHCPLayout.options..<options.message.byteCount
        at = field.lowerBound
        self.code = code
        self.options = options
        while findPiece() {
            isThere = true
            count &+= piece.count
        }
        field = DHCPLayout.options..<self.options.message.byteCount
        at = field.lowerBound
        piece = 0..<0
    }

    /// Goes on to the next piece; `false`: there is none.
    @_lifetime(self: copy self)
    private mutating func findPiece() -> Bool {
        while true {
            let step = DHCPOptions.step(options.message, at, field.upperBound)
            if step.next == at {
                guard let next = options.field(after: field) else { return false }
                field = next
                at = next.lowerBound
                continue
            }
            at = step.next
            if step.code == code {
                piece = step.next &- step.count..<step.next
                return true
            }
        }
    }

    /// The next byte; 0 behind the last.
    @_lifetime(self: copy self)
    public mutating func byte() -> UInt8 {
        while piece.isEmpty {
            guard count > 0, findPiece() else { return 0 }
        }
        let byte: UInt8 = options.message.field(at: piece.lowerBound)
        piece = piece.lowerBound &+ 1..<piece.upperBound
        count &-= 1
        return byte
    }

    /// The next bytes as a number, the highest first.
    @_lifetime(self: copy self)
    public mutating func number<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type = Value.self) -> Value {
        var value: Value = 0
        for _ in 0..<MemoryLayout<Value>.size { value = value << 8 | Value(truncatingIfNeeded: byte()) }
        return value
    }

    @_lifetime(self: copy self)
    public mutating func address() -> IPv4Address { IPv4Address(bits: number()) }
}
