/// How far a device and its driver have come (virtio 1.2, 2.1).
public struct DeviceStatus: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let acknowledge = Self(rawValue: 1)
    public static let driver = Self(rawValue: 2)
    public static let driverWorks = Self(rawValue: 4)
    public static let featuresWork = Self(rawValue: 8)
    public static let needsReset = Self(rawValue: 64)
    public static let failed = Self(rawValue: 128)
}
