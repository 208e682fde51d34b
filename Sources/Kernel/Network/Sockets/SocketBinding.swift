import KernelWire

/// To what a socket is bound.
public struct SocketBinding: Sendable, BitwiseCopyable {
    public struct Flags: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `SO_REUSEADDR`: who has it, too, may have the port, unless somebody listens.
        public static var reusesAddress: Flags { Flags(rawValue: 1) }
        /// `SO_REUSEPORT`: who has it, too, shares the port; packets are spread.
        public static var sharesPort: Flags { Flags(rawValue: 2) }
        /// `IPV6_V6ONLY`: with IPv6's wildcard, nothing of IPv4.
        public static var onlyV6: Flags { Flags(rawValue: 4) }
        public static var listening: Flags { Flags(rawValue: 8) }

        static var isV6: Flags { Flags(rawValue: 16) }
        static var anyAddress: Flags { Flags(rawValue: 32) }
        static var connected: Flags { Flags(rawValue: 64) }
        static var used: Flags { Flags(rawValue: 128) }
    }

    public var `protocol`: IPProtocol
    /// Unspecified: all of this host's.
    public var address: IPAddress
    public var port: Port
    public var flags: Flags
    /// `SO_BINDTODEVICE`
    public var interface: Int?

    public init(
        _ protocol: IPProtocol, _ address: IPAddress, _ port: Port, flags: Flags = [], interface: Int? = nil
    ) {
        self.protocol = `protocol`
        self.address = address
        self.port = port
        self.flags = flags
        self.interface = interface
    }

    /// The flags with those that say what the address is.
    var storedFlags: Flags {
        var all = flags
        // A mapped address is one of IPv4.
        if case .v6(let address) = address, address.mapped == nil { all.insert(.isV6) }
        if address.isUnspecified { all.insert(.anyAddress) }
        return all
    }
}
