import KernelSupport

/// "Who has this address?" (RFC 4861, 4.3), from behind its ICMPv6 header's first four bytes.
public struct NeighbourSolicitation: Equatable, Sendable, BitwiseCopyable {
    public var target: IPv6Address
    public var sourceLink: EthernetAddress?

    @inlinable
    public init(target: IPv6Address, sourceLink: EthernetAddress?) {
        self.target = target
        self.sourceLink = sourceLink
    }

    /// Reads a message; `nil` where RFC 4861, 7.1.1 wants it dropped for its bytes.
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= 24, message.field(at: 1, as: UInt8.self) == 0,
            NDPOption.areSound(in: message, from: 24)
        else { return nil }
        target = message.ipv6Address(at: 8)
        guard !target.isMulticast else { return nil }
        sourceLink = NDPOption.linkAddress(.sourceLink, in: message, from: 24)
    }

    /// Writes the message; its checksum is 0 until it is sealed.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        ICMPHeader(type: ICMPv6Type.neighbourSolicitation).emit(into: &writer)
        writer.append(target)
        if let sourceLink { NDPOption.emit(.sourceLink, sourceLink, into: &writer) }
    }
}

/// "I have it" (RFC 4861, 4.4).
public struct NeighbourAdvertisement: Equatable, Sendable, BitwiseCopyable {
    public var target: IPv6Address
    public var targetLink: EthernetAddress?
    public var isRouter: Bool
    public var isSolicited: Bool
    /// Whether it counts more than what is known.
    public var overrides: Bool

    @inlinable
    public init(
        target: IPv6Address, targetLink: EthernetAddress?, isRouter: Bool = false, isSolicited: Bool,
        overrides: Bool
    ) {
        self.target = target
        self.targetLink = targetLink
        self.isRouter = isRouter
        self.isSolicited = isSolicited
        self.overrides = overrides
    }

    /// Reads a message; `nil` where RFC 4861, 7.1.2 wants it dropped for its bytes.
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= 24, message.field(at: 1, as: UInt8.self) == 0,
            NDPOption.areSound(in: message, from: 24)
        else { return nil }
        target = message.ipv6Address(at: 8)
        guard !target.isMulticast else { return nil }
        let flags: UInt8 = message.field(at: 4)
        isRouter = flags & 0x80 != 0
        isSolicited = flags & 0x40 != 0
        overrides = flags & 0x20 != 0
        targetLink = NDPOption.linkAddress(.targetLink, in: message, from: 24)
    }

    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        let flags: UInt32 = (isRouter ? 0x80 : 0) | (isSolicited ? 0x40 : 0) | (overrides ? 0x20 : 0)
        ICMPHeader(type: ICMPv6Type.neighbourAdvertisement, word: flags << 24).emit(into: &writer)
        writer.append(target)
        if let targetLink { NDPOption.emit(.targetLink, targetLink, into: &writer) }
    }
}
