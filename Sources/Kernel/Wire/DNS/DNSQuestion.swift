import KernelSupport

/// A question, and the message that asks it.
public struct DNSQuestion: Sendable, BitwiseCopyable {
    public var name: DomainName
    public var type: DNSType

    public init(_ name: DomainName, _ type: DNSType) {
        self.name = name
        self.type = type
    }

    /// Where in a message the question is.
    static let offset = 12
    /// The longest message that asks one.
    public static let longest = 12 + DomainName.longest + 4

    /// Appends a message that asks a server to find the answer.
    ///
    /// There is no OPT record (RFC 6891): answers of addresses fit into the 512 bytes that
    /// are allowed without one, longer ones come by TCP, and no datagram is so long that it
    /// comes in fragments, which are easily forged.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter, identifier: UInt16) {
        writer.append(identifier)
        writer.append(DNSFlags.wantsRecursion.rawValue)
        // One question; nothing else.
        writer.append(0x0001_0000 as UInt32)
        writer.append(0 as UInt32)
        name.emit(into: &writer)
        writer.append(type.number)
        writer.append(DNSClass.internet)
    }
}
