/// What is asked for (RFC 1035, 3.2.2; RFC 3596).
public struct DNSType: Hashable, Sendable, BitwiseCopyable {
    public let number: UInt16

    @inlinable
    public init(_ number: UInt16) { self.number = number }

    public static var a: DNSType { DNSType(1) }
    public static var canonicalName: DNSType { DNSType(5) }
    public static var startOfAuthority: DNSType { DNSType(6) }
    /// The name of an address.
    public static var pointer: DNSType { DNSType(12) }
    public static var aaaa: DNSType { DNSType(28) }
    /// Any type, in a question.
    public static var any: DNSType { DNSType(255) }
}

/// How a server answers (RFC 1035, 4.1.1).
public struct DNSResponseCode: Hashable, Sendable, BitwiseCopyable {
    public let number: UInt8

    @inlinable
    public init(_ number: UInt8) { self.number = number }

    public static var noError: DNSResponseCode { DNSResponseCode(0) }
    /// There is no such name (NXDOMAIN).
    public static var nameError: DNSResponseCode { DNSResponseCode(3) }
}

/// The second word of a message's header (RFC 1035, 4.1.1).
public struct DNSFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static var isResponse: DNSFlags { DNSFlags(rawValue: 0x8000) }
    public static var isTruncated: DNSFlags { DNSFlags(rawValue: 0x0200) }
    public static var wantsRecursion: DNSFlags { DNSFlags(rawValue: 0x0100) }

    var operation: UInt16 { rawValue >> 11 & 15 }

    public var responseCode: DNSResponseCode { DNSResponseCode(UInt8(rawValue & 15)) }
}

/// The class of what is asked for: the Internet, and no other.
enum DNSClass { static let internet: UInt16 = 1 }
