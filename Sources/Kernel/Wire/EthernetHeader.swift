import KernelSupport

/// What an Ethernet frame carries.
public struct EtherType: Hashable, Sendable, BitwiseCopyable {
    public let number: UInt16

    @inlinable
    public init(_ number: UInt16) {
        self.number = number
    }

    @inlinable public static var ipv4: EtherType { EtherType(0x0800) }
    @inlinable public static var arp: EtherType { EtherType(0x0806) }
    @inlinable public static var ipv6: EtherType { EtherType(0x86dd) }
}

/// The header of an Ethernet II frame (RFC 894).
public struct EthernetHeader: Equatable, Sendable, BitwiseCopyable {
    public var destination: EthernetAddress
    public var source: EthernetAddress
    public var type: EtherType

    @inlinable
    public static var length: Int { 14 }

    @inlinable
    public init(destination: EthernetAddress, source: EthernetAddress, type: EtherType) {
        self.destination = destination
        self.source = source
        self.type = type
    }

    /// Reads the header; `nil` when the frame is shorter.
    @inlinable
    public init?(parsing frame: RawSpan) {
        guard frame.byteCount >= Self.length else { return nil }
        destination = frame.ethernetAddress(at: 0)
        source = frame.ethernetAddress(at: 6)
        type = EtherType(frame.field(at: 12))
    }

    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        writer.append(destination.bits << 16 | source.bits >> 32)
        writer.append(UInt32(truncatingIfNeeded: source.bits))
        writer.append(type.number)
    }
}

extension EthernetAddress {
    /// Where packets for a group go (RFC 1112, 6.4).
    @inlinable
    public init(group: IPv4Address) {
        self.init(bits: 0x0100_5e00_0000 | UInt64(group.bits & 0x7f_ffff))
    }

    /// Where packets for a group go (RFC 2464, 7).
    @inlinable
    public init(group: IPv6Address) {
        self.init(bits: 0x3333 << 32 | group.low & 0xffff_ffff)
    }

    /// The modified EUI-64 of the address, the identifier of its interface (RFC 4291, appendix A).
    @inlinable
    public var interfaceIdentifier: UInt64 {
        ((bits >> 24) << 40 | 0xff_fe00_0000 | bits & 0xff_ffff) ^ 1 << 57
    }
}
