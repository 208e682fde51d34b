import KernelSupport
import KernelWire

/// An address that a name has, and the one that packets to it would leave with.
public struct DestinationCandidate: Sendable, BitwiseCopyable {
    public let address: IPAddress
    /// `nil`: there is no way there.
    public let source: IPAddress?

    public init(_ address: IPAddress, source: IPAddress?) {
        self.address = address
        self.source = source
    }

    /// Whether a program does better to try this address than another one: rules 1, 2, 5, 6, 8 and 9
    /// of RFC 6724, 6. There are no deprecated or home addresses, and no tunnels (3, 4, 7); what
    /// is equal stays in order (10). Prefixes of IPv4 say nothing of ways, and are not compared.
    public func isPreferred(to other: DestinationCandidate) -> Bool {
        guard let source, let otherSource = other.source else { return self.source != nil && other.source == nil }
        let (scope, otherScope) = (AddressScope(address), AddressScope(other.address))
        let (matches, otherMatches) = (scope == AddressScope(source), otherScope == AddressScope(otherSource))
        if matches != otherMatches { return matches }
        let (policy, otherPolicy) = (AddressPolicy(address), AddressPolicy(other.address))
        let hasLabel = policy.label == AddressPolicy(source).label
        if hasLabel != (otherPolicy.label == AddressPolicy(otherSource).label) { return hasLabel }
        if policy.precedence != otherPolicy.precedence { return policy.precedence > otherPolicy.precedence }
        if scope != otherScope { return scope.rawValue < otherScope.rawValue }
        guard case .v6(let one) = address, case .v6(let two) = other.address, case .v6(let from) = source,
            case .v6(let otherFrom) = otherSource
        else { return false }
        return Self.commonPrefix(one, from) > Self.commonPrefix(two, otherFrom)
    }

    /// Bits that are the same from the first on, up to the subnet's (RFC 6724, 2.2).
    private static func commonPrefix(_ one: IPv6Address, _ other: IPv6Address) -> Int {
        (one.high ^ other.high).leadingZeroBitCount
    }
}

/// How far an address means something (RFC 6724, 3.1 and 3.2); the numbers are those of groups'
/// scopes (RFC 4291, 2.7).
enum AddressScope: UInt8 {
    case interface = 1
    case link = 2
    case site = 5
    case organization = 8
    case global = 14

    init(_ address: IPAddress) {
        switch address {
        case .v4(let address):
            // RFC 3927's and the loopback's are a link's.
            self = address.isLoopback || address.bits >> 16 == 0xa9fe ? .link : .global
        case .v6(let address):
            if address.high >> 56 == 0xff {
                switch address.high >> 48 & 15 {
                case 0, 1: self = .interface
                case 2, 3: self = .link
                case 4, 5: self = .site
                case 6...8: self = .organization
                default: self = .global
                }
            } else if address.isLoopback || address.high >> 54 == 0xfe80 >> 6 {
                self = .link
            } else {
                self = address.high >> 54 == 0xfec0 >> 6 ? .site : .global
            }
        }
    }
}

/// What the default policy table says of an address (RFC 6724, 2.1).
struct AddressPolicy {
    let precedence: UInt8
    let label: UInt8

    private init(_ precedence: UInt8, _ label: UInt8) {
        self.precedence = precedence
        self.label = label
    }

    init(_ address: IPAddress) {
        guard case .v6(let address) = address, address.mapped == nil else {
            self.init(35, 4)
            return
        }
        if address.isLoopback {
            self.init(50, 0)
        } else if address.high >> 48 == 0x2002 {
            self.init(30, 2)
        } else if address.high >> 32 == 0x2001_0000 {
            self.init(5, 5)
        } else if address.high >> 57 == 0xfc >> 1 {
            self.init(3, 13)
        } else if address.high >> 54 == 0xfec0 >> 6 {
            self.init(1, 11)
        } else if address.high >> 48 == 0x3ffe {
            self.init(1, 12)
        } else if address.high == 0, address.low >> 32 == 0 {
            // Compatible with IPv4; the unspecified one, too.
            self.init(1, 3)
        } else {
            self.init(40, 1)
        }
    }
}
