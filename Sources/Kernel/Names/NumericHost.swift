import KernelSockets
import KernelSupport
import KernelWire

/// An address in place of a host's name (RFC 3493, 6.1), with the interface on which it means
/// something (RFC 4007, 11).
public struct NumericHost {
    public let address: IPAddress
    /// 0: it is not said.
    public let scope: UInt32

    /// `nil`: the text is none.
    public init?(_ text: RawSpan) {
        if let address = IPv4Address(numbers: text) {
            (self.address, scope) = (.v4(address), 0)
            return
        }
        let end = text.firstOffset(of: 0x25)
        guard let address = IPv6Address(text: text.piece(0..<end)) else { return nil }
        self.address = .v6(address)
        guard end < text.byteCount else {
            scope = 0
            return
        }
        let zone = text.piece(end + 1..<text.byteCount)
        // An interface's name says something where there may be a question which one is meant.
        let named = address.isLinkLocal || address.isMulticast ? InternetConfiguration.index(of: zone) : nil
        guard let scope = Self.number(zone) ?? named else { return nil }
        self.scope = scope
    }

    /// A decimal number; `nil`: it is none, or too large.
    public static func number(_ text: RawSpan) -> UInt32? {
        guard text.byteCount > 0, text.byteCount <= 10 else { return nil }
        var number: UInt64 = 0
        for index in 0..<text.byteCount {
            let digit = text.field(at: index, as: UInt8.self) &- 0x30
            guard digit < 10 else { return nil }
            number = number * 10 + UInt64(digit)
        }
        return UInt32(exactly: number)
    }
}
