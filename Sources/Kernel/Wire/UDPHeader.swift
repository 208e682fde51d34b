import KernelSupport

/// The header of a UDP datagram (RFC 768).
public struct UDPHeader: Equatable, Sendable, BitwiseCopyable {
    public var source: Port
    public var destination: Port
    /// Of what is behind the header.
    public var payloadLength: Int

    @inlinable
    public static var length: Int { 8 }

    @inlinable
    public static var checksumOffset: Int { 6 }

    @inlinable
    public init(source: Port, destination: Port, payloadLength: Int) {
        self.source = source
        self.destination = destination
        self.payloadLength = payloadLength
    }

    /// Reads the header; `nil` when the datagram is shorter than it says. What is
    /// behind the datagram does not count.
    @inlinable
    public init?(parsing datagram: RawSpan) {
        guard datagram.byteCount >= Self.length else { return nil }
        let length = Int(datagram.field(at: 4, as: UInt16.self))
        guard length >= Self.length, length <= datagram.byteCount else { return nil }
        self.init(
            source: Port(datagram.field(at: 0)), destination: Port(datagram.field(at: 2)),
            payloadLength: length &- Self.length)
    }

    /// Whether the checksum of the datagram that this was read from is right, or
    /// there is none, which IPv4 alone allows (RFC 8200, 8.1).
    @inlinable
    public func isSound(_ datagram: RawSpan, source: IPAddress, destination: IPAddress) -> Bool {
        if datagram.field(at: Self.checksumOffset, as: UInt16.self) == 0 { return !source.isV6 }
        return datagram.piece(0..<Self.length &+ payloadLength).hasSoundChecksum(
            source: source, destination: destination, protocol: .udp)
    }

    /// Writes the header.
    ///
    /// - Parameter checksum: The datagram's, or the pseudo-header's folded sum
    ///   where the device does the rest; 0: none.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter, checksum: UInt16 = 0) {
        writer.append(source.number)
        writer.append(destination.number)
        writer.append(UInt16(truncatingIfNeeded: Self.length &+ payloadLength))
        writer.append(checksum)
    }

    /// The checksum with the header's own bytes in it.
    ///
    /// - Parameter payload: The sum of the payload's bytes.
    public func checksum(source: IPAddress, destination: IPAddress, payload: InternetChecksum) -> UInt16 {
        var sum = payload
        sum.finishWord()
        sum.accumulatePseudoHeader(
            source: source, destination: destination, protocol: .udp, length: Self.length &+ payloadLength)
        sum.accumulate(self.source.number)
        sum.accumulate(self.destination.number)
        sum.accumulate(UInt16(truncatingIfNeeded: Self.length &+ payloadLength))
        // 0 would mean that there is none; the complement's other zero says the same.
        return sum.checksum == 0 ? 0xffff : sum.checksum
    }
}
