import KernelSupport

/// An error that some host or router tells of a packet of ours.
public struct ICMPError: Equatable, Sendable, BitwiseCopyable {
    public let isV6: Bool
    public let type: UInt8
    public let code: UInt8
    /// What the next link takes, of a packet that was too big; 0 where a router of
    /// old does not say (RFC 1191, 5).
    public let maximumUnit: UInt32

    /// The error in a message; `nil` for messages that are none.
    public init?(_ header: ICMPHeader, isV6: Bool) {
        self.isV6 = isV6
        type = header.type
        code = header.code
        if isV6 {
            guard header.type >= ICMPv6Type.unreachable, header.type <= ICMPv6Type.parameterProblem else {
                return nil
            }
            maximumUnit = header.type == ICMPv6Type.packetTooBig ? header.word : 0
        } else {
            guard
                header.type == ICMPv4Type.unreachable || header.type == ICMPv4Type.timeExceeded
                    || header.type == ICMPv4Type.parameterProblem
            else { return nil }
            maximumUnit = header.type == ICMPv4Type.unreachable && header.code == 4 ? header.word & 0xffff : 0
        }
    }

    /// Whether it says that a packet was too big for a link.
    @inlinable
    public var isTooBig: Bool {
        isV6 ? type == ICMPv6Type.packetTooBig : type == ICMPv4Type.unreachable && code == 4
    }

    /// What a socket is told, as Linux has it.
    public var errno: Errno {
        if isTooBig { return .messageTooLong }
        switch (isV6, type) {
        case (false, ICMPv4Type.unreachable):
            switch code {
            case 0, 6, 9, 11: return .networkUnreachable
            case 2: return .protocolNotAvailable
            case 3: return .connectionRefused
            case 5: return .notSupported
            case 7: return .hostIsDown
            case 8: return Errno(rawValue: 64)  // ENONET
            default: return .noRouteToHost
            }
        case (true, ICMPv6Type.unreachable):
            switch code {
            case 0: return .networkUnreachable
            case 1, 5, 6: return .permissionDenied
            case 4: return .connectionRefused
            default: return .noRouteToHost
            }
        case (false, ICMPv4Type.parameterProblem), (true, ICMPv6Type.parameterProblem):
            return .protocolError
        default: return .noRouteToHost
        }
    }

    /// Whether the other end says that it will not be better later (RFC 1122,
    /// 4.2.3.9; RFC 4443, 3.1). An established connection outlives even that (RFC 5927, 5.2).
    public var isHard: Bool {
        switch (isV6, type) {
        case (false, ICMPv4Type.unreachable):
            switch code {
            case 2, 3, 6, 7, 8, 9, 10, 13, 14, 15: return true
            default: return false
            }
        case (true, ICMPv6Type.unreachable): return code == 1 || code >= 4
        case (false, ICMPv4Type.parameterProblem), (true, ICMPv6Type.parameterProblem): return true
        default: return false
        }
    }
}

/// What an error quotes: the beginning of the packet that was sent.
public struct QuotedPacket: Equatable, Sendable, BitwiseCopyable {
    /// Of the packet that was sent: this host's.
    public let source: IPAddress
    public let destination: IPAddress
    public let `protocol`: IPProtocol
    /// The first eight bytes behind the IP headers.
    public let first: UInt64

    @inlinable
    public var sourcePort: Port { Port(UInt16(truncatingIfNeeded: first >> 48)) }

    @inlinable
    public var destinationPort: Port { Port(UInt16(truncatingIfNeeded: first >> 32)) }

    /// Of a TCP segment.
    @inlinable
    public var sequence: UInt32 { UInt32(truncatingIfNeeded: first) }

    /// Of an echo.
    @inlinable
    public var identifier: UInt16 { UInt16(truncatingIfNeeded: first >> 16) }

    /// Reads what an ICMP error quotes: a header, and eight bytes behind it.
    /// `nil` for less, and for fragments without a beginning.
    public init?(parsingV4 quote: RawSpan) {
        guard quote.byteCount >= IPv4Header.minimumLength else { return nil }
        let version: UInt8 = quote.field(at: 0)
        let length = Int(version & 0xf) &* 4
        guard version >> 4 == 4, length >= IPv4Header.minimumLength, quote.byteCount >= length &+ 8,
            quote.field(at: 6, as: UInt16.self) & 0x1fff == 0
        else { return nil }
        source = .v4(quote.ipv4Address(at: 12))
        destination = .v4(quote.ipv4Address(at: 16))
        `protocol` = IPProtocol(quote.field(at: 9))
        first = quote.field(at: length)
    }

    /// Reads what an ICMPv6 error quotes: as much of the packet as found room.
    public init?(parsingV6 quote: RawSpan) {
        guard quote.byteCount >= IPv6Header.length, quote.field(at: 0, as: UInt8.self) >> 4 == 6 else { return nil }
        var content = IPv6Content(
            walking: quote, from: IPv6Header.length, first: IPProtocol(quote.field(at: 6)))
        if case .fragment(let fragment, let offset) = content, fragment.offset == 0 {
            content = IPv6Content(walking: quote, from: offset, first: fragment.nextHeader)
        }
        guard case .upper(let upper, let offset) = content, offset &+ 8 <= quote.byteCount else { return nil }
        source = .v6(quote.ipv6Address(at: 8))
        destination = .v6(quote.ipv6Address(at: 24))
        `protocol` = upper
        first = quote.field(at: offset)
    }
}
