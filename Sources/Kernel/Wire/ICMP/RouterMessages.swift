import KernelSupport

/// "Is there a router?" (RFC 4861, 4.1)
public struct RouterSolicitation: Equatable, Sendable, BitwiseCopyable {
    public var sourceLink: EthernetAddress?

    @inlinable
    public init(sourceLink: EthernetAddress?) {
        self.sourceLink = sourceLink
    }

    public init?(parsing message: RawSpan) {
        guard message.byteCount >= 8, message.field(at: 1, as: UInt8.self) == 0,
            NDPOption.areSound(in: message, from: 8)
        else { return nil }
        sourceLink = NDPOption.linkAddress(.sourceLink, in: message, from: 8)
    }

    /// Writes the message; its checksum is 0 until it is sealed.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        ICMPHeader(type: ICMPv6Type.routerSolicitation).emit(into: &writer)
        if let sourceLink { NDPOption.emit(.sourceLink, sourceLink, into: &writer) }
    }
}

/// What a router tells (RFC 4861, 4.2). Its options are read with `NDPOption.read`
/// from `optionsOffset` on.
public struct RouterAdvertisement: Equatable, Sendable, BitwiseCopyable {
    /// 0: it says nothing of it; so for the other numbers.
    public var hopLimit: UInt8
    /// Whether addresses are to be had from DHCPv6.
    public var isManaged: Bool
    public var hasOtherConfiguration: Bool
    /// How long the sender is a default router, in seconds; 0: it is none.
    public var lifetime: UInt16
    /// In milliseconds.
    public var reachableTime: UInt32
    public var retransmissionTime: UInt32

    @inlinable
    public static var optionsOffset: Int { 16 }

    @inlinable
    public init(
        hopLimit: UInt8 = 64, isManaged: Bool = false, hasOtherConfiguration: Bool = false, lifetime: UInt16,
        reachableTime: UInt32 = 0, retransmissionTime: UInt32 = 0
    ) {
        self.hopLimit = hopLimit
        self.isManaged = isManaged
        self.hasOtherConfiguration = hasOtherConfiguration
        self.lifetime = lifetime
        self.reachableTime = reachableTime
        self.retransmissionTime = retransmissionTime
    }

    /// Reads a message; `nil` where RFC 4861, 6.1.2 wants it dropped for its bytes.
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= Self.optionsOffset, message.field(at: 1, as: UInt8.self) == 0,
            NDPOption.areSound(in: message, from: Self.optionsOffset)
        else { return nil }
        let flags: UInt8 = message.field(at: 5)
        self.init(
            hopLimit: message.field(at: 4), isManaged: flags & 0x80 != 0, hasOtherConfiguration: flags & 0x40 != 0,
            lifetime: message.field(at: 6), reachableTime: message.field(at: 8),
            retransmissionTime: message.field(at: 12))
    }

    /// Writes the message without options; its checksum is 0 until it is sealed.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        let flags: UInt32 = (isManaged ? 0x80 : 0) | (hasOtherConfiguration ? 0x40 : 0)
        ICMPHeader(
            type: ICMPv6Type.routerAdvertisement, word: UInt32(hopLimit) << 24 | flags << 16 | UInt32(lifetime)
        ).emit(into: &writer)
        writer.append(reachableTime)
        writer.append(retransmissionTime)
    }
}
