import KernelSupport

/// The header of an IPv6 packet (RFC 8200, 3).
public struct IPv6Header: Equatable, Sendable, BitwiseCopyable {
    public var source: IPv6Address
    public var destination: IPv6Address
    /// What is behind this header: an extension header or the upper layer.
    public var nextHeader: IPProtocol
    public var hopLimit: UInt8
    public var trafficClass: UInt8
    /// 20 bits (RFC 6437).
    public var flowLabel: UInt32
    /// The bytes behind the header, extension headers among them.
    public var payloadLength: Int

    @inlinable
    public static var length: Int { 40 }

    @inlinable
    public init(
        source: IPv6Address, destination: IPv6Address, nextHeader: IPProtocol, payloadLength: Int,
        hopLimit: UInt8 = 64, trafficClass: UInt8 = 0, flowLabel: UInt32 = 0
    ) {
        self.source = source
        self.destination = destination
        self.nextHeader = nextHeader
        self.hopLimit = hopLimit
        self.trafficClass = trafficClass
        self.flowLabel = flowLabel & 0xf_ffff
        self.payloadLength = payloadLength
    }

    /// Reads a packet's header; `nil` when it is not one of IPv6 or its length lies.
    @inlinable
    public init?(parsing packet: RawSpan) {
        guard packet.byteCount >= Self.length else { return nil }
        let first: UInt32 = packet.field(at: 0)
        let payload = Int(packet.field(at: 4, as: UInt16.self))
        guard first >> 28 == 6, payload <= packet.byteCount &- Self.length else { return nil }
        self.init(
            source: packet.ipv6Address(at: 8), destination: packet.ipv6Address(at: 24),
            nextHeader: IPProtocol(packet.field(at: 6)), payloadLength: payload, hopLimit: packet.field(at: 7),
            trafficClass: UInt8(truncatingIfNeeded: first >> 20), flowLabel: first)
    }

    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        writer.append(6 << 28 | UInt32(trafficClass) << 20 | flowLabel)
        writer.append(UInt16(truncatingIfNeeded: payloadLength))
        writer.append(nextHeader.number)
        writer.append(hopLimit)
        writer.append(source)
        writer.append(destination)
    }
}

/// The fragment header of IPv6 (RFC 8200, 4.5).
public struct IPv6Fragment: Equatable, Sendable, BitwiseCopyable {
    /// What the whole datagram begins with.
    public var nextHeader: IPProtocol
    /// In bytes, a multiple of eight below 65,536.
    public var offset: Int
    public var hasMore: Bool
    public var identification: UInt32

    @inlinable
    public static var length: Int { 8 }

    @inlinable
    public init(nextHeader: IPProtocol, offset: Int, hasMore: Bool, identification: UInt32) {
        self.nextHeader = nextHeader
        self.offset = offset & 0xfff8
        self.hasMore = hasMore
        self.identification = identification
    }

    public init?(parsing packet: RawSpan, at offset: Int) {
        guard offset >= 0, offset &+ Self.length <= packet.byteCount else { return nil }
        let bits: UInt16 = packet.field(at: offset &+ 2)
        self.init(
            nextHeader: IPProtocol(packet.field(at: offset)), offset: Int(bits & 0xfff8), hasMore: bits & 1 != 0,
            identification: packet.field(at: offset &+ 4))
    }

    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        writer.append(UInt16(nextHeader.number) << 8)
        writer.append(UInt16(truncatingIfNeeded: offset) | (hasMore ? 1 : 0))
        writer.append(identification)
    }

    /// Whether it is a datagram of its own in spite of the header (RFC 6946).
    @inlinable
    public var isWhole: Bool { offset == 0 && !hasMore }
}
