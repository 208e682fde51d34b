import KernelWire

/// The addresses whose first bits are the same: a subnet.
public struct AddressPrefix: Hashable, Sendable, BitwiseCopyable {
    /// Its bits behind `length` are 0.
    public let address: IPAddress
    /// In bits, at most 32 or 128.
    public let length: UInt8

    /// - Returns: `nil` for a length that the version does not have. Bits of the
    ///   address behind the prefix do not count.
    public init?(_ address: IPAddress, length: UInt8) {
        switch address {
        case .v4(let address):
            guard length <= 32 else { return nil }
            self.address = .v4(IPv4Address(bits: address.bits & Self.mask32(length)))
        case .v6(let address):
            guard length <= 128 else { return nil }
            let (high, low) = Self.mask128(length)
            self.address = .v6(IPv6Address(high: address.high & high, low: address.low & low))
        }
        self.length = length
    }

    /// Every address of IPv4, or of IPv6.
    public static var everyV4: AddressPrefix { AddressPrefix(unchecked: .v4(.unspecified), length: 0) }
    public static var everyV6: AddressPrefix { AddressPrefix(unchecked: .v6(.unspecified), length: 0) }

    /// fe80::/10
    public static var linkLocalV6: AddressPrefix {
        AddressPrefix(unchecked: .v6(IPv6Address(high: 0xfe80 << 48, low: 0)), length: 10)
    }

    private init(unchecked address: IPAddress, length: UInt8) {
        self.address = address
        self.length = length
    }

    public func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let other)): return (mine.bits ^ other.bits) & Self.mask32(length) == 0
        case (.v6(let mine), .v6(let other)):
            let (high, low) = Self.mask128(length)
            return (mine.high ^ other.high) & high | (mine.low ^ other.low) & low == 0
        default: return false
        }
    }

    /// Of IPv4 the address whose bits behind the prefix are ones: all hosts of the
    /// subnet; `nil` where there is none (RFC 3021), and for IPv6.
    public var broadcast: IPv4Address? {
        guard case .v4(let address) = address, length < 31 else { return nil }
        return IPv4Address(bits: address.bits | ~Self.mask32(length))
    }

    private static func mask32(_ length: UInt8) -> UInt32 {
        // A shift by all 32 bits yields 0.
        ~(UInt32.max >> UInt32(length))
    }

    private static func mask128(_ length: UInt8) -> (UInt64, UInt64) {
        let bits = UInt64(length)
        return (~(UInt64.max >> min(bits, 64)), bits <= 64 ? 0 : ~(UInt64.max >> (bits &- 64)))
    }
}
