/// A protection key of a page: the domain that it belongs to (docs/isolation.md;
/// Intel SDM 3A, 4.6.2). There are no others.
public struct ProtectionKey: Equatable, Sendable {
    private let number: UInt64

    @inline(__always)
    private init(number: UInt64) { self.number = number }

    /// What the application may use as its page's other rights allow: its own memory, and
    /// code and constants, whoever they are.
    public static var application: Self { @inline(__always) get { Self(number: 0) } }
    /// The kernel's own.
    public static var trusted: Self { @inline(__always) get { Self(number: 1) } }
    /// The kernel's that devices reach, too: their registers.
    public static var device: Self { @inline(__always) get { Self(number: 2) } }
    /// The kernel's that the application reads.
    public static var published: Self { @inline(__always) get { Self(number: 3) } }

    private static let shift: UInt64 = 59
    /// Where a page's entry has its key.
    public static let pageMask: UInt64 = 0xF << 59

    /// The key of a page, as its entry says it.
    public init(pageBits entry: UInt64) { number = entry >> Self.shift & 0xF }

    /// The key as a page's entry has it.
    public var pageBits: UInt64 { @inline(__always) get { number << Self.shift } }

    /// The domain's name (docs/isolation.md).
    public var name: StaticString {
        switch number {
        case 0: "application"
        case 1: "trusted"
        case 2: "devices"
        case 3: "published"
        default: "none"
        }
    }
}
