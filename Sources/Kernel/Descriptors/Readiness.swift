/// What a descriptor is ready for, and what somebody waits for: the bits of
/// `poll` (POSIX), which are those of `epoll`, too.
public struct Readiness: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// POLLIN and POLLRDNORM: a read does not block.
    public static let readable = Self(rawValue: 0x0041)
    /// POLLPRI.
    public static let urgent = Self(rawValue: 0x0002)
    /// POLLOUT and POLLWRNORM: a write does not block.
    public static let writable = Self(rawValue: 0x0104)
    /// POLLERR.
    public static let failed = Self(rawValue: 0x0008)
    /// POLLHUP: the other side is gone.
    public static let hungUp = Self(rawValue: 0x0010)
    /// POLLNVAL: no such descriptor.
    public static let invalid = Self(rawValue: 0x0020)
    /// POLLRDHUP: the other side writes no more.
    public static let readHungUp = Self(rawValue: 0x2000)

    /// What is told whether it was asked for or not.
    public static let always: Self = [.failed, .hungUp]
    /// What ends a task's wait to read, and one to write.
    public static let endsReading: Self = [.readable, .failed, .hungUp, .readHungUp]
    public static let endsWriting: Self = [.writable, .failed, .hungUp]
    /// What can be asked for, whatever a descriptor is.
    public static let all = Self(rawValue: 0x27DF)
}
