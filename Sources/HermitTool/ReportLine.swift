/// A line of the kernel's report of a fault that tells of one function in the
/// backtrace; `docs/architecture.md` has its form:
///
///     "  #" NUMBER (" at " | " from ") ADDRESS [" image+" OFFSET]
public struct ReportLine: Equatable, Sendable {
    /// Where in the backtrace: 0 is the innermost function.
    public var number: Int
    /// The address is where execution was; otherwise where a call returns to.
    public var isExact: Bool
    /// In memory, when the guest ran.
    public var address: UInt64
    /// From the image's first byte; `nil` outside of its code.
    public var offset: UInt64?

    /// - Returns: `nil` for any other line.
    public init?(_ text: String) {
        var rest = Substring(text)
        guard Self.drop("  #", from: &rest), let number = Self.decimal(&rest) else { return nil }
        self.number = number
        if Self.drop(" at ", from: &rest) {
            isExact = true
        } else {
            guard Self.drop(" from ", from: &rest) else { return nil }
            isExact = false
        }
        guard let address = Self.hexadecimal(&rest) else { return nil }
        self.address = address
        if rest.isEmpty { return }
        guard Self.drop(" image+", from: &rest), let offset = Self.hexadecimal(&rest), rest.isEmpty
        else { return nil }
        self.offset = offset
    }

    /// The offset to look up: of a call, not of what follows it, which may be
    /// another line or another function.
    public var lookedUpOffset: UInt64? {
        guard let offset, isExact || offset > 0 else { return nil }
        return isExact ? offset : offset - 1
    }

    private static func drop(_ prefix: String, from text: inout Substring) -> Bool {
        guard text.utf8.starts(with: prefix.utf8) else { return false }
        text = Substring(text.utf8.dropFirst(prefix.utf8.count))
        return true
    }

    private static func decimal(_ text: inout Substring) -> Int? {
        take(&text, radix: 10, as: Int.self)
    }

    private static func hexadecimal(_ text: inout Substring) -> UInt64? {
        guard drop("0x", from: &text) else { return nil }
        return take(&text, radix: 16, as: UInt64.self)
    }

    private static func take<Number: FixedWidthInteger>(
        _ text: inout Substring, radix: Int, as type: Number.Type
    ) -> Number? {
        let digits = text.utf8.prefix { byte in
            (0x30...0x39).contains(byte) || (radix == 16 && (0x61...0x66).contains(byte))
        }
        guard let value = Number(Substring(digits), radix: radix) else { return nil }
        text = Substring(text.utf8.dropFirst(digits.count))
        return value
    }
}
