import KernelSupport
import KernelWire

/// Which addresses are wanted.
public struct DNSFamilies: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static var v4: DNSFamilies { DNSFamilies(rawValue: 1) }
    public static var v6: DNSFamilies { DNSFamilies(rawValue: 2) }
    public static var all: DNSFamilies { [.v4, .v6] }

    func contains(_ address: IPAddress) -> Bool { contains(address.isV6 ? .v6 : .v4) }
}

/// Addresses of a name, of one family; more than there is room for are not kept.
public struct DNSAddresses: Sendable, BitwiseCopyable {
    /// More than a program tries.
    public static let most = 16

    private var list = InlineArray<16, IPAddress>(repeating: .v4(.unspecified))
    public private(set) var count = 0
    /// Whether there were more.
    public private(set) var isCut = false

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// - Precondition: `index` is in 0..<`count`.
    public subscript(_ index: Int) -> IPAddress {
        precondition(index >= 0 && index < count)
        return list.span[index]
    }

    mutating func append(_ address: IPAddress) {
        guard count < Self.most else {
            isCut = true
            return
        }
        list[count] = address
        count &+= 1
    }
}

/// Why there are no addresses; getaddrinfo's EAI_NONAME, EAI_NODATA and EAI_AGAIN.
public enum DNSFailure: Sendable {
    /// There is no such name.
    case noName
    /// The name has no address of the kind.
    case noAddress
    /// No server has said anything of use.
    case noAnswer
}

/// What has happened, from the owner's beginning on.
public struct DNSCounters: Equatable, Sendable {
    public var sent: UInt64 = 0
    public var sentByTCP: UInt64 = 0
    /// Answers that were used.
    public var answers: UInt64 = 0
    /// Messages that are no answers, or whose lengths lie.
    public var malformed: UInt64 = 0
    /// Answers from somewhere else, to another question, or with another identifier:
    /// what somebody sends who guesses.
    public var foreign: UInt64 = 0
    /// Answers with the name in other letters than it was asked with.
    public var otherCase: UInt64 = 0
    public var truncated: UInt64 = 0
    /// Servers that said that they cannot answer.
    public var refusals: UInt64 = 0
    public var timeouts: UInt64 = 0
    public var cacheHits: UInt64 = 0
    /// Chains of names that have no end, or are too long.
    public var endlessChains: UInt64 = 0
    public var cut: UInt64 = 0

    public init() {}
}
