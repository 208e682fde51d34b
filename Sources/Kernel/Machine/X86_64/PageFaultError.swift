/// A page fault's error code (Intel SDM 3A, 4.7).
public struct PageFaultError: Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public enum Access: Sendable { case read, write, fetch }

    public var access: Access {
        if rawValue & 1 << 4 != 0 { return .fetch }
        return rawValue & 1 << 1 != 0 ? .write : .read
    }

    /// It is about whether a page is there and what it may be used for, and
    /// about nothing else, such as a protection key.
    public var isAboutRights: Bool { rawValue & ~0b1_0111 == 0 }

    /// The rights of who asked do not allow the page's key (Intel SDM 3A, 4.7: bit 5).
    public var isAboutKey: Bool { rawValue & 1 << 5 != 0 }

    /// Memory is there, but not for this access.
    public var isRefusal: Bool { rawValue & 1 << 0 != 0 }
}
