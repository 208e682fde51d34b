import CHermit

/// A thread's number: of one that `Thread.spawn` started, of the program's
/// first one, or of one that C code started.
public struct ThreadIdentifier: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The thread that asks. The corresponding C function is `sys_getpid`.
    public static var current: Self { Self(rawValue: sys_getpid()) }

    /// How urgent the thread is.
    ///
    /// - Throws: `SystemError.noSuchProcess` where there is no such thread.
    ///
    /// The corresponding C function is `sys_getprio`.
    public func priority() throws(SystemError) -> ThreadPriority {
        var number = try existing
        return ThreadPriority(trusted: UInt8(try SystemError.check(unsafe sys_getprio(&number))))
    }

    /// Makes the thread as urgent as that. Where it is now less urgent than
    /// another that can run, that one runs.
    ///
    /// - Throws: `SystemError.noSuchProcess` where there is no such thread.
    ///
    /// The corresponding C function is `sys_setprio`.
    public func setPriority(_ priority: ThreadPriority) throws(SystemError) {
        var number = try existing
        _ = try SystemError.check(unsafe sys_setprio(&number, Int32(priority.rawValue)))
    }

    /// The number, if it can be a thread's: 0 is the caller's to the system.
    private var existing: Int32 {
        get throws(SystemError) {
            guard rawValue > 0 else { throw .noSuchProcess }
            return rawValue
        }
    }
}

/// How urgent a thread is, from 0 to 30. One runs only where none that is more
/// urgent can; equals take turns.
public struct ThreadPriority: Comparable, Hashable, Sendable {
    public let rawValue: UInt8

    /// - Returns: `nil` for more than 30.
    public init?(rawValue: UInt8) {
        guard rawValue <= HERMIT_PRIO_MAX else { return nil }
        self.rawValue = rawValue
    }

    /// - Parameter trusted: At most 30.
    init(trusted: UInt8) { rawValue = trusted }

    /// 0.
    public static var lowest: Self { Self(trusted: 0) }
    /// `HERMIT_PRIO_LOW`, 1.
    public static var low: Self { Self(trusted: UInt8(HERMIT_PRIO_LOW)) }
    /// `HERMIT_PRIO_NORMAL`, 2: what the first thread has, and what others start with.
    public static var normal: Self { Self(trusted: UInt8(HERMIT_PRIO_NORMAL)) }
    /// `HERMIT_PRIO_HIGH`, 3.
    public static var high: Self { Self(trusted: UInt8(HERMIT_PRIO_HIGH)) }
    /// `HERMIT_PRIO_MAX`, 30.
    public static var highest: Self { Self(trusted: UInt8(HERMIT_PRIO_MAX)) }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
