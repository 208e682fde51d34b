import KernelWire

/// An address that an interface has, or is about to have.
public struct InterfaceAddress: Equatable, Sendable, BitwiseCopyable {
    public enum State: UInt8, Sendable, BitwiseCopyable {
        /// Whether somebody has it already is being asked (RFC 4862, 5.4).
        case tentative
        case preferred
        /// It serves what goes on, and is not chosen for what begins (RFC 4862, 5.5.4).
        case deprecated
        /// Somebody else has it.
        case duplicate
    }

    public enum Origin: UInt8, Sendable, BitwiseCopyable {
        case fixed
        case dhcp
        case linkLocal
        /// Made from a router's prefix (RFC 4862, 5.5).
        case autonomous
    }

    public var address: IPAddress
    public var prefixLength: UInt8
    public var origin: Origin
    public internal(set) var state: State
    public internal(set) var preferredUntil = Instant.never
    public internal(set) var validUntil = Instant.never
    /// While it is tentative: how many questions are still to be asked, and when the
    /// next is, or the answer has not come.
    var questions: UInt8 = 0
    var deadline = Instant.never
    /// How many identifiers were tried for its prefix before.
    var attempt: UInt8 = 0

    public init(
        _ address: IPAddress, prefixLength: UInt8, origin: Origin = .fixed, state: State = .preferred
    ) {
        self.address = address
        self.prefixLength = prefixLength
        self.origin = origin
        self.state = state
    }

    /// Whether packets for it are this host's.
    var isUsable: Bool { state == .preferred || state == .deprecated }

    public var prefix: AddressPrefix? { AddressPrefix(address, length: prefixLength) }
}

/// How the last 64 bits of addresses are made.
public enum IdentifierPolicy: Sendable, BitwiseCopyable {
    /// From the station's address (RFC 4291, appendix A): everybody sees it.
    case hardware
    /// By a secret (RFC 7217): for each prefix another one, always the same for the
    /// same secret.
    case opaque(SipKey)

    func identifier(prefix: UInt64, station: EthernetAddress, attempt: UInt8) -> UInt64? {
        switch self {
        case .hardware: return attempt == 0 ? station.interfaceIdentifier : nil
        case .opaque(let key):
            guard attempt < Self.maximumAttempts else { return nil }
            var hash = SipHash(key: key)
            hash.combine(prefix)
            hash.combine(station.bits)
            hash.combine(UInt64(attempt))
            let identifier = hash.finish()
            // RFC 5453: those of anycast groups, and the routers'.
            let isReserved = identifier == 0 || identifier >= 0xfdff_ffff_ffff_ff80 && identifier <= 0xfdff_ffff_ffff_ffff
            return isReserved ? identifier ^ 1 << 32 : identifier
        }
    }

    /// IDGEN_RETRIES (RFC 7217, 7).
    static var maximumAttempts: UInt8 { 3 }
}
