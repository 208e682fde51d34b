import KernelSupport

/// The header of a message of ICMP (RFC 792) or ICMPv6 (RFC 4443, 2.1): eight
/// bytes, of which the last four mean something else for each type.
public struct ICMPHeader: Equatable, Sendable, BitwiseCopyable {
    public var type: UInt8
    public var code: UInt8
    /// The four bytes behind the checksum.
    public var word: UInt32

    @inlinable
    public static var length: Int { 8 }

    @inlinable
    public static var checksumOffset: Int { 2 }

    @inlinable
    public init(type: UInt8, code: UInt8 = 0, word: UInt32 = 0) {
        self.type = type
        self.code = code
        self.word = word
    }

    /// Of an echo and its reply.
    @inlinable
    public init(type: UInt8, identifier: UInt16, sequence: UInt16) {
        self.init(type: type, word: UInt32(identifier) << 16 | UInt32(sequence))
    }

    /// Reads the header; `nil` when the message is shorter. The checksum is not looked at.
    @inlinable
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= Self.length else { return nil }
        self.init(type: message.field(at: 0), code: message.field(at: 1), word: message.field(at: 4))
    }

    /// Writes the header; its checksum is 0 until the message is sealed.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        writer.append(type)
        writer.append(code)
        writer.append(0 as UInt16)
        writer.append(word)
    }

    /// Of an echo and its reply.
    @inlinable
    public var identifier: UInt16 { UInt16(truncatingIfNeeded: word >> 16) }

    /// Of an echo and its reply.
    @inlinable
    public var sequence: UInt16 { UInt16(truncatingIfNeeded: word) }
}

/// The types of ICMP that are answered or delivered (RFC 792, RFC 1122, 3.2.2).
public enum ICMPv4Type {
    @inlinable public static var echoReply: UInt8 { 0 }
    @inlinable public static var unreachable: UInt8 { 3 }
    @inlinable public static var redirect: UInt8 { 5 }
    @inlinable public static var echoRequest: UInt8 { 8 }
    @inlinable public static var timeExceeded: UInt8 { 11 }
    @inlinable public static var parameterProblem: UInt8 { 12 }
}

/// The types of ICMPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 3810).
public enum ICMPv6Type {
    @inlinable public static var unreachable: UInt8 { 1 }
    @inlinable public static var packetTooBig: UInt8 { 2 }
    @inlinable public static var timeExceeded: UInt8 { 3 }
    @inlinable public static var parameterProblem: UInt8 { 4 }
    @inlinable public static var echoRequest: UInt8 { 128 }
    @inlinable public static var echoReply: UInt8 { 129 }
    @inlinable public static var listenerQuery: UInt8 { 130 }
    @inlinable public static var listenerReport: UInt8 { 131 }
    @inlinable public static var listenerDone: UInt8 { 132 }
    @inlinable public static var routerSolicitation: UInt8 { 133 }
    @inlinable public static var routerAdvertisement: UInt8 { 134 }
    @inlinable public static var neighbourSolicitation: UInt8 { 135 }
    @inlinable public static var neighbourAdvertisement: UInt8 { 136 }
    @inlinable public static var redirect: UInt8 { 137 }
    @inlinable public static var listenerReport2: UInt8 { 143 }
}
