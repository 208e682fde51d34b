import KernelSupport

/// What a client says (RFC 2131, table 5).
public struct DHCPRequest: Equatable, Sendable, BitwiseCopyable {
    public var type: DHCPMessageType
    public var transaction: UInt32
    /// Since the client began.
    public var seconds: UInt16 = 0
    /// Whether the answer has to be sent to all, as the client has no address yet.
    public var asksForBroadcast = false
    /// The client's own address, where it may use it.
    public var clientAddress = IPv4Address.unspecified
    public var station: EthernetAddress
    public var requestedAddress: IPv4Address?
    public var server: IPv4Address?

    public init(_ type: DHCPMessageType, transaction: UInt32, station: EthernetAddress) {
        self.type = type
        self.transaction = transaction
        self.station = station
    }

    /// The longest message that is understood: what an Ethernet carries.
    static let longestMessage: UInt16 = 1500

    private var asksForParameters: Bool { type == .discover || type == .request || type == .inform }

    /// The bytes that `emit` writes.
    public func encodedLength(hostName: DomainName? = nil) -> Int {
        var length = DHCPLayout.options &+ 3 &+ 9 &+ 1
        if requestedAddress != nil { length &+= 6 }
        if server != nil { length &+= 6 }
        if asksForParameters {
            length &+= 4 &+ 9
            if let hostName, !hostName.isRoot { length &+= 2 &+ hostName.textLength }
        }
        return max(length, DHCPLayout.shortest)
    }

    /// Appends the message, of 300 bytes or a few more.
    ///
    /// - Parameter hostName: What the host calls itself, which a server may tell others.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter, hostName: DomainName? = nil) {
        let start = writer.count
        writer.append(0x0101_0600 as UInt32)
        writer.append(transaction)
        writer.append(seconds)
        writer.append(asksForBroadcast ? 0x8000 : 0 as UInt16)
        writer.append(clientAddress)
        // "Yours", the next server's, the relay's.
        writer.append(zeros: 12)
        writer.append(station)
        // The rest of the address, the server's name, the file.
        writer.append(zeros: 10 + 64 + 128)
        writer.append(DHCPLayout.magic)
        writer.append(DHCPOption.messageType)
        writer.append(1 as UInt8)
        writer.append(type.rawValue)
        writer.append(DHCPOption.clientIdentifier)
        writer.append(0x0701 as UInt16)
        writer.append(station)
        emit(DHCPOption.requestedAddress, requestedAddress, into: &writer)
        emit(DHCPOption.serverIdentifier, server, into: &writer)
        if asksForParameters {
            writer.append(DHCPOption.longestMessage)
            writer.append(2 as UInt8)
            writer.append(Self.longestMessage)
            if let hostName, !hostName.isRoot {
                writer.append(DHCPOption.hostName)
                writer.append(UInt8(truncatingIfNeeded: hostName.textLength))
                hostName.emitText(into: &writer)
            }
            // Classless routes before routers (RFC 3442, page 4).
            let wanted: InlineArray<7, UInt8> = [
                DHCPOption.subnetMask, DHCPOption.classlessRoutes, DHCPOption.routers, DHCPOption.nameServers,
                DHCPOption.domainName, DHCPOption.interfaceMTU, DHCPOption.broadcastAddress,
            ]
            writer.append(DHCPOption.parameterList)
            writer.append(UInt8(wanted.count))
            for i in 0..<wanted.count { writer.append(wanted[i]) }
        }
        writer.append(DHCPOption.end)
        let length = writer.count &- start
        if length < DHCPLayout.shortest { writer.append(zeros: DHCPLayout.shortest &- length) }
    }

    @_lifetime(writer: copy writer)
    private func emit(_ code: UInt8, _ address: IPv4Address?, into writer: inout PacketWriter) {
        guard let address else { return }
        writer.append(code)
        writer.append(4 as UInt8)
        writer.append(address)
    }
}
