/// What pages of a mapping may be used for; nothing: they may not be touched.
public struct Protection: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let read = Self(rawValue: 1 << 0)
    public static let write = Self(rawValue: 1 << 1)
    public static let execute = Self(rawValue: 1 << 2)
}
