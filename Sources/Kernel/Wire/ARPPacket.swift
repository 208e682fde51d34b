import KernelSupport

/// A packet of the address resolution protocol for IPv4 on Ethernet (RFC 826).
public struct ARPPacket: Equatable, Sendable, BitwiseCopyable {
    public enum Operation: UInt16, Sendable, BitwiseCopyable {
        case request = 1
        case reply = 2
    }

    public var operation: Operation
    public var senderHardware: EthernetAddress
    public var sender: IPv4Address
    public var targetHardware: EthernetAddress
    public var target: IPv4Address

    @inlinable
    public static var length: Int { 28 }

    @inlinable
    public init(
        operation: Operation, senderHardware: EthernetAddress, sender: IPv4Address,
        targetHardware: EthernetAddress, target: IPv4Address
    ) {
        self.operation = operation
        self.senderHardware = senderHardware
        self.sender = sender
        self.targetHardware = targetHardware
        self.target = target
    }

    /// Reads what follows the Ethernet header; `nil` for other hardware, protocols and operations.
    public init?(parsing packet: RawSpan) {
        guard packet.byteCount >= Self.length,
            // Hardware 1, protocol 0x0800, addresses of 6 and of 4 bytes.
            packet.field(at: 0, as: UInt32.self) == 0x0001_0800, packet.field(at: 4, as: UInt16.self) == 0x0604,
            let operation = Operation(rawValue: packet.field(at: 6))
        else { return nil }
        self.operation = operation
        senderHardware = packet.ethernetAddress(at: 8)
        sender = packet.ipv4Address(at: 14)
        targetHardware = packet.ethernetAddress(at: 18)
        target = packet.ipv4Address(at: 24)
    }

    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        writer.append(0x0001_0800 as UInt32)
        writer.append(0x0604 as UInt16)
        writer.append(operation.rawValue)
        writer.append(senderHardware)
        writer.append(sender)
        writer.append(targetHardware)
        writer.append(target)
    }
}
