import KernelSupport

/// The header of an IPv4 packet (RFC 791, 3.1).
public struct IPv4Header: Equatable, Sendable, BitwiseCopyable {
    public var source: IPv4Address
    public var destination: IPv4Address
    public var `protocol`: IPProtocol
    public var timeToLive: UInt8
    /// DSCP and ECN (RFC 2474, RFC 3168).
    public var trafficClass: UInt8
    public var identification: UInt16
    public var fragment: IPv4Fragment
    /// Whether routers are to look at the packet (RFC 2113), the one option that is written.
    public var hasRouterAlert: Bool
    /// The bytes behind the header.
    public var payloadLength: Int

    /// Of a header without options.
    @inlinable
    public static var minimumLength: Int { 20 }

    /// The most bytes behind a header without options.
    @inlinable
    public static var maximumPayload: Int { 65_535 - 20 }

    @inlinable
    public init(
        source: IPv4Address, destination: IPv4Address, protocol: IPProtocol, payloadLength: Int,
        timeToLive: UInt8 = 64, trafficClass: UInt8 = 0, identification: UInt16 = 0,
        fragment: IPv4Fragment = .notToBeCut, hasRouterAlert: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.protocol = `protocol`
        self.timeToLive = timeToLive
        self.trafficClass = trafficClass
        self.identification = identification
        self.fragment = fragment
        self.hasRouterAlert = hasRouterAlert
        self.payloadLength = payloadLength
    }

    /// The bytes that `emit` writes.
    @inlinable
    public var encodedLength: Int { hasRouterAlert ? 24 : 20 }

    /// Writes the header with its checksum.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        let length = encodedLength
        let first: UInt32 =
            (hasRouterAlert ? 0x4600_0000 : 0x4500_0000) | UInt32(trafficClass) << 16
            | UInt32(UInt16(truncatingIfNeeded: length &+ payloadLength))
        let second = UInt32(identification) << 16 | UInt32(fragment.bits)
        let third = UInt32(timeToLive) << 24 | UInt32(`protocol`.number) << 16
        // No carry is lost of a few words of 32 bits.
        let sum =
            UInt64(first) &+ UInt64(second) &+ UInt64(third) &+ UInt64(source.bits) &+ UInt64(destination.bits)
            &+ UInt64(hasRouterAlert ? Self.routerAlert : 0)
        writer.append(UInt64(first) << 32 | UInt64(second))
        writer.append(
            UInt64(third | UInt32(~InternetChecksum.fold(sum))) << 32 | UInt64(source.bits))
        writer.append(destination)
        if hasRouterAlert { writer.append(Self.routerAlert) }
    }

    /// RFC 2113, 2.1.
    @usableFromInline static var routerAlert: UInt32 { 0x9404_0000 }
}

/// Where in its datagram a packet's payload is.
public struct IPv4Fragment: Equatable, Sendable, BitwiseCopyable {
    /// As on the wire; the reserved bit counts for nothing.
    @usableFromInline let bits: UInt16

    @usableFromInline
    init(bits: UInt16) {
        self.bits = bits & 0x7fff
    }

    /// - Parameters:
    ///   - offset: In bytes, a multiple of eight below 65,536; its other bits do not count.
    ///   - hasMore: Whether fragments with higher offsets follow.
    ///   - mayBeCut: Whether a router may cut it into smaller ones.
    @inlinable
    public init(offset: Int, hasMore: Bool, mayBeCut: Bool = true) {
        self.init(
            bits: UInt16(truncatingIfNeeded: offset >> 3) & 0x1fff | (hasMore ? 0x2000 : 0)
                | (mayBeCut ? 0 : 0x4000))
    }

    /// A whole datagram that routers are not to cut, as path MTU discovery needs it (RFC 1191).
    @inlinable
    public static var notToBeCut: IPv4Fragment { IPv4Fragment(bits: 0x4000) }

    /// A whole datagram that may be cut.
    @inlinable
    public static var whole: IPv4Fragment { IPv4Fragment(bits: 0) }

    /// In bytes.
    @inlinable
    public var offset: Int { Int(bits & 0x1fff) &* 8 }

    @inlinable
    public var hasMore: Bool { bits & 0x2000 != 0 }

    @inlinable
    public var mayBeCut: Bool { bits & 0x4000 == 0 }

    /// Whether the packet is the datagram.
    @inlinable
    public var isWhole: Bool { bits & 0x3fff == 0 }
}

/// A header that was read, and where in the packet its payload is.
public struct IPv4Packet: Equatable, Sendable, BitwiseCopyable {
    public var header: IPv4Header
    public var headerLength: Int

    @inlinable
    public var payload: Range<Int> { headerLength..<headerLength &+ header.payloadLength }

    /// Reads a packet's header; `nil` when it is not one of IPv4, a length in it lies,
    /// its checksum is wrong, or it is a fragment that reaches past 65,535.
    /// Options are passed over; what the link has behind the packet does not count.
    @inlinable
    public init?(parsing packet: RawSpan) {
        guard packet.byteCount >= IPv4Header.minimumLength else { return nil }
        let first: UInt32 = packet.field(at: 0)
        let length = Int(first >> 24 & 0xf) &* 4
        let total = Int(first & 0xffff)
        guard first >> 28 == 4, length >= IPv4Header.minimumLength, total >= length, total <= packet.byteCount,
            Self.hasSoundChecksum(packet, length)
        else { return nil }
        let second: UInt32 = packet.field(at: 4)
        let fragment = IPv4Fragment(bits: UInt16(truncatingIfNeeded: second))
        guard fragment.offset &+ total <= 65_535 else { return nil }
        header = IPv4Header(
            source: packet.ipv4Address(at: 12), destination: packet.ipv4Address(at: 16),
            protocol: IPProtocol(packet.field(at: 9)), payloadLength: total &- length,
            timeToLive: packet.field(at: 8), trafficClass: UInt8(truncatingIfNeeded: first >> 16),
            identification: UInt16(truncatingIfNeeded: second >> 16), fragment: fragment,
            hasRouterAlert: length == 24 && packet.field(at: 20, as: UInt32.self) == IPv4Header.routerAlert)
        headerLength = length
    }

    @inline(__always) @inlinable
    static func hasSoundChecksum(_ packet: RawSpan, _ length: Int) -> Bool {
        guard length == IPv4Header.minimumLength else { return packet.piece(0..<length).hasSoundChecksum }
        // What nearly all have: three words.
        var sum = InternetChecksum()
        sum.accumulate(packet.field(at: 0, as: UInt64.self))
        sum.accumulate(packet.field(at: 8, as: UInt64.self))
        sum.accumulate(packet.field(at: 16, as: UInt32.self))
        return sum.isSound
    }

    /// Whether the packet has a source route (RFC 7126, 4.3 and 4.4), which gets it
    /// dropped: an answer would go where the sender likes.
    public static func hasSourceRoute(_ packet: RawSpan, headerLength: Int) -> Bool {
        var at = IPv4Header.minimumLength
        while at < headerLength {
            let kind: UInt8 = packet.field(at: at)
            if kind == 0 { return false }
            if kind == 1 {
                at &+= 1
                continue
            }
            if kind == 131 || kind == 137 { return true }
            let length = at &+ 1 < headerLength ? Int(packet.field(at: at &+ 1, as: UInt8.self)) : 0
            guard length >= 2 else { return false }
            at &+= length
        }
        return false
    }
}
