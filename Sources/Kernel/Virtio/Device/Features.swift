/// What device and driver may agree on (virtio 1.2, 6). Bits 0 to 23 are the
/// kind of device's own.
public struct Features: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let indirectDescriptors = Self(rawValue: 1 << 28)
    public static let eventIndex = Self(rawValue: 1 << 29)
    /// The device follows the standard's first version or a later one.
    public static let version1 = Self(rawValue: 1 << 32)
    /// Addresses go through the platform's translation, which here changes nothing.
    public static let accessPlatform = Self(rawValue: 1 << 33)
    public static let packedRing = Self(rawValue: 1 << 34)
    public static let inOrder = Self(rawValue: 1 << 35)

    /// What queues make use of where it is offered.
    static let queues: Self = [.indirectDescriptors, .eventIndex, .packedRing, .inOrder]
}
