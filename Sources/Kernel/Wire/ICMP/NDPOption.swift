import KernelSupport

/// An option of neighbour discovery (RFC 4861, 4.6).
public enum NDPOption: Equatable, Sendable {
    case link(EthernetAddress)
    case prefix(NDPPrefix)
    /// The link's maximum unit.
    case maximumUnit(UInt32)
    /// A DNS server (RFC 8106, 5.1), the first of an option's; how long it counts, in seconds.
    case dnsServer(IPv6Address, lifetime: UInt32)
    case other

    public enum LinkKind: UInt8, Sendable {
        case sourceLink = 1
        case targetLink = 2
    }

    /// More options in one message than this are not looked at.
    public static var maximumNumber: Int { 32 }

    /// Whether every option's length is at least one and inside of the message (RFC 4861, 7.1).
    public static func areSound(in message: RawSpan, from offset: Int) -> Bool {
        var at = offset
        var number = 0
        while at < message.byteCount {
            guard at &+ 8 <= message.byteCount, number < maximumNumber else { return false }
            let length = Int(message.field(at: at &+ 1, as: UInt8.self)) &* 8
            guard length > 0, length <= message.byteCount &- at else { return false }
            at &+= length
            number &+= 1
        }
        return true
    }

    /// The option at `offset`, and where the next one is; `nil` at the message's end.
    public static func read(_ message: RawSpan, at offset: Int) -> (option: NDPOption, next: Int)? {
        guard offset &+ 8 <= message.byteCount else { return nil }
        let length = Int(message.field(at: offset &+ 1, as: UInt8.self)) &* 8
        guard length > 0, length <= message.byteCount &- offset else { return nil }
        let next = offset &+ length
        switch (message.field(at: offset, as: UInt8.self), length) {
        case (1, 8), (2, 8): return (.link(message.ethernetAddress(at: offset &+ 2)), next)
        case (3, 32):
            let flags: UInt8 = message.field(at: offset &+ 3)
            return (
                .prefix(
                    NDPPrefix(
                        prefix: message.ipv6Address(at: offset &+ 16), length: message.field(at: offset &+ 2),
                        isOnLink: flags & 0x80 != 0, isAutonomous: flags & 0x40 != 0,
                        validLifetime: message.field(at: offset &+ 4),
                        preferredLifetime: message.field(at: offset &+ 8))), next
            )
        case (5, 8): return (.maximumUnit(message.field(at: offset &+ 4)), next)
        case (25, 24...):
            return (
                .dnsServer(message.ipv6Address(at: offset &+ 8), lifetime: message.field(at: offset &+ 4)), next
            )
        default: return (.other, next)
        }
    }

    /// The first address of a kind.
    static func linkAddress(_ kind: LinkKind, in message: RawSpan, from offset: Int) -> EthernetAddress? {
        var at = offset
        while let (option, next) = read(message, at: at) {
            if case .link(let address) = option, message.field(at: at) == kind.rawValue { return address }
            at = next
        }
        return nil
    }

    @_lifetime(writer: copy writer)
    static func emit(_ kind: LinkKind, _ address: EthernetAddress, into writer: inout PacketWriter) {
        writer.append(kind.rawValue)
        writer.append(1 as UInt8)
        writer.append(address)
    }
}

/// What a router says of a prefix (RFC 4861, 4.6.2).
public struct NDPPrefix: Equatable, Sendable, BitwiseCopyable {
    public var prefix: IPv6Address
    /// In bits.
    public var length: UInt8
    public var isOnLink: Bool
    public var isAutonomous: Bool
    /// In seconds; all ones are for ever.
    public var validLifetime: UInt32
    public var preferredLifetime: UInt32

    @inlinable
    public init(
        prefix: IPv6Address, length: UInt8, isOnLink: Bool, isAutonomous: Bool, validLifetime: UInt32,
        preferredLifetime: UInt32
    ) {
        self.prefix = prefix
        self.length = length
        self.isOnLink = isOnLink
        self.isAutonomous = isAutonomous
        self.validLifetime = validLifetime
        self.preferredLifetime = preferredLifetime
    }

    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        writer.append(0x0304 as UInt16)
        writer.append(length)
        writer.append((isOnLink ? 0x80 : 0) | (isAutonomous ? 0x40 : 0) as UInt8)
        writer.append(validLifetime)
        writer.append(preferredLifetime)
        writer.append(0 as UInt32)
        writer.append(prefix)
    }
}
