import KernelSupport

/// The control bits of a segment (RFC 9293, 3.1; RFC 3168).
public struct TCPFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
    @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
    @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
    @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
    @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
    @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x20) }
    @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x40) }
    @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x80) }
}

/// The header of a TCP segment (RFC 9293, 3.1).
public struct TCPHeader: Equatable, Sendable, BitwiseCopyable {
    public var source: Port
    public var destination: Port
    public var sequence: UInt32
    public var acknowledgment: UInt32
    public var flags: TCPFlags
    /// As it is on the wire: not scaled.
    public var window: UInt16
    public var urgentPointer: UInt16
    public var options: TCPOptions

    /// Of a header without options.
    @inlinable
    public static var minimumLength: Int { 20 }

    /// Where in the header the checksum is, for whoever puts it in.
    @inlinable
    public static var checksumOffset: Int { 16 }

    @inlinable
    public init(
        source: Port, destination: Port, sequence: UInt32, acknowledgment: UInt32 = 0, flags: TCPFlags,
        window: UInt16 = 0, urgentPointer: UInt16 = 0, options: TCPOptions = TCPOptions()
    ) {
        self.source = source
        self.destination = destination
        self.sequence = sequence
        self.acknowledgment = acknowledgment
        self.flags = flags
        self.window = window
        self.urgentPointer = urgentPointer
        self.options = options
    }

    /// The bytes that `emit` writes.
    @inlinable
    public var encodedLength: Int { Self.minimumLength &+ options.encodedLength }

    /// Writes the header.
    ///
    /// - Parameter checksum: What the field gets: the whole segment's checksum, or
    ///   the pseudo-header's folded sum where the device does the rest.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter, checksum: UInt16 = 0) {
        // In as few pieces as there can be: each asks for room.
        let words = UInt64(truncatingIfNeeded: encodedLength / 4)
        writer.append(UInt64(source.number) << 48 | UInt64(destination.number) << 32 | UInt64(sequence))
        writer.append(
            UInt64(acknowledgment) << 32 | words << 28 | UInt64(flags.rawValue) << 16 | UInt64(window))
        writer.append(UInt32(checksum) << 16 | UInt32(urgentPointer))
        options.emit(into: &writer)
    }
}

/// A header that was read, and where in the segment the payload begins.
public struct TCPSegmentHeader: Equatable, Sendable, BitwiseCopyable {
    public var header: TCPHeader
    /// The header's length, 20 to 60.
    public var payloadOffset: Int

    /// Reads the header of a segment; `nil` when it is shorter than its header or
    /// says less than 20 bytes for it. The checksum is not looked at.
    @inlinable
    public init?(parsing segment: RawSpan) {
        guard segment.byteCount >= TCPHeader.minimumLength else { return nil }
        let bits: UInt16 = segment.field(at: 12)
        let length = Int(bits >> 12) &* 4
        guard length >= TCPHeader.minimumLength, length <= segment.byteCount else { return nil }
        var options = TCPOptions()
        if length == 32, segment.field(at: 20, as: UInt32.self) == 0x0101_080a {
            // What nearly every segment has (RFC 7323, appendix A).
            options.timestamps = TCPTimestamps(value: segment.field(at: 24), echo: segment.field(at: 28))
        } else if length > TCPHeader.minimumLength {
            options = TCPOptions(parsing: segment, from: TCPHeader.minimumLength, to: length)
        }
        header = TCPHeader(
            source: Port(segment.field(at: 0)), destination: Port(segment.field(at: 2)),
            sequence: segment.field(at: 4), acknowledgment: segment.field(at: 8),
            flags: TCPFlags(rawValue: UInt8(truncatingIfNeeded: bits)), window: segment.field(at: 14),
            urgentPointer: segment.field(at: 18), options: options)
        payloadOffset = length
    }
}

extension RawSpan {
    /// Whether the checksum of this segment, datagram or ICMPv6 message is right.
    @inlinable
    public func hasSoundChecksum(source: IPAddress, destination: IPAddress, protocol: IPProtocol) -> Bool {
        var sum = InternetChecksum()
        sum.accumulatePseudoHeader(
            source: source, destination: destination, protocol: `protocol`, length: byteCount)
        sum.accumulate(self)
        return sum.isSound
    }
}
