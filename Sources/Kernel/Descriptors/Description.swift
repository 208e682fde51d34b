/// How an open description may be used, and what of that can be changed.
public struct OpenFlags: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let read = Self(rawValue: 1)
    public static let write = Self(rawValue: 2)
    /// O_NONBLOCK.
    public static let nonBlocking = Self(rawValue: 4)
    /// O_APPEND.
    public static let append = Self(rawValue: 8)

    /// O_DSYNC, and O_SYNC as well: what is written lasts when that returns.
    public static let dataLasts = Self(rawValue: 16)
    public static let lasts = Self(rawValue: 32)

    /// What F_SETFL changes.
    public static let changeable: Self = [.nonBlocking, .append]
}

/// An open description (POSIX.1-2017, 3.258): what descriptors that were made
/// of one another share.
public struct Description: SlotRecord, Sendable {
    public var nextFree = Place.none
    /// Descriptors that stand for it, and tasks that use it at this moment.
    public var references: Int32 = 0
    public var flags: OpenFlags = []
    /// Who is told when its readiness changes; none: it is always ready.
    public var source = Place.none
    /// The set of interests that it is; none: it is something else.
    public var interestSet = Place.none
    /// Whose it is, and which of that one's: words of the caller's.
    public var operations: UInt = 0
    public var object: UInt64 = 0

    public init() {}
}
