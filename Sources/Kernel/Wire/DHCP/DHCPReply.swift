import KernelSupport

/// What a server says.
public struct DHCPReply: Sendable {
    public enum Kind: Sendable { case offer, acknowledgment, refusal }

    public let kind: Kind
    public let transaction: UInt32
    /// Whom it is for.
    public let station: EthernetAddress
    /// `nil`: none, or one that no host can have.
    public let address: IPv4Address?
    public let server: IPv4Address?
    /// Whether it names a client that is not `station` (RFC 6842).
    public let namesOtherClient: Bool
    /// In seconds; all ones are for ever.
    public let leaseTime: UInt32?
    public let renewalTime: UInt32?
    public let rebindingTime: UInt32?
    public let configuration: DHCPConfiguration

    /// The lease time that has no end (RFC 2131, 3.3).
    public static let forever: UInt32 = .max

    /// Reads a message of UDP's. `nil`: it is none of a server's, or a length in it lies.
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= DHCPLayout.options,
            // A reply, on an Ethernet, to an address of six bytes.
            message.field(at: 0, as: UInt8.self) == 2, message.field(at: 1, as: UInt8.self) == 1,
            message.field(at: 2, as: UInt8.self) == 6,
            message.field(at: DHCPLayout.cookie, as: UInt32.self) == DHCPLayout.magic,
            let options = DHCPOptions(message), let configuration = DHCPConfiguration(options)
        else { return nil }

        var type = options.value(of: DHCPOption.messageType)
        guard type.count == 1 else { return nil }
        switch DHCPMessageType(rawValue: type.byte()) {
        case .offer: kind = .offer
        case .acknowledgment: kind = .acknowledgment
        case .refusal: kind = .refusal
        default: return nil
        }

        var identifier = options.value(of: DHCPOption.serverIdentifier)
        if identifier.isThere {
            guard identifier.count == 4 else { return nil }
            let address = identifier.address()
            guard address.isUnicast, !address.isLoopback else { return nil }
            server = address
        } else {
            server = nil
        }
        guard Self.isSeconds(options, DHCPOption.leaseTime), Self.isSeconds(options, DHCPOption.renewalTime),
            Self.isSeconds(options, DHCPOption.rebindingTime)
        else { return nil }
        leaseTime = Self.seconds(options, DHCPOption.leaseTime)
        renewalTime = Self.seconds(options, DHCPOption.renewalTime)
        rebindingTime = Self.seconds(options, DHCPOption.rebindingTime)

        transaction = message.field(at: DHCPLayout.transaction)
        station = message.ethernetAddress(at: DHCPLayout.hardwareAddress)
        let yours = message.ipv4Address(at: DHCPLayout.yourAddress)
        address = Self.isUsable(yours, configuration) ? yours : nil
        var client = options.value(of: DHCPOption.clientIdentifier)
        namesOtherClient =
            client.isThere
            && (client.count != 7 || client.byte() != 1
                || UInt64(client.number(UInt16.self)) << 32 | UInt64(client.number(UInt32.self)) != station.bits)
        self.configuration = configuration
    }

    /// An option of seconds is not there, or has four bytes.
    private static func isSeconds(_ options: borrowing DHCPOptions, _ code: UInt8) -> Bool {
        let value = options.value(of: code)
        return !value.isThere || value.count == 4
    }

    private static func seconds(_ options: borrowing DHCPOptions, _ code: UInt8) -> UInt32? {
        var value = options.value(of: code)
        return value.isThere ? value.number() : nil
    }

    /// Whether a host can have the address: neither its network's first nor last one, where
    /// the network is large enough to have those (RFC 3021).
    private static func isUsable(_ address: IPv4Address, _ configuration: borrowing DHCPConfiguration) -> Bool {
        guard address.isUnicast, !address.isLoopback else { return false }
        guard let length = configuration.prefixLength, length < 31 else { return true }
        let host = ~UInt32(0) >> UInt32(length)
        return address.bits & host != 0 && address.bits & host != host
    }
}
