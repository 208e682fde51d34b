import KernelSupport

/// What of the scheduler functions need that do without it as long as there
/// is one task: so that an image which never makes a second one does not have
/// it, though its library yields and takes locks.
public struct TaskOperations: Sendable {
    public let yield: @convention(c) () -> Void
    /// Waits until standard input may have arrived; `false`: a signal has ended
    /// the wait.
    public let awaitInput: @convention(c) () -> Bool
    public let exit: @convention(c) (Int32) -> Void
    /// Address, expected word, deadline; the number of the error, 0: woken.
    public let futexWait: @convention(c) (UInt64, UInt32, UInt64) -> Int32
    /// Address, count; how many were woken.
    public let futexWake: @convention(c) (UInt64, Int) -> Int
    /// Number, priority; whether there is such a task.
    public let setPriority: @convention(c) (Int32, UInt8) -> Bool
    /// Of all tasks or of the running one; nanoseconds.
    public let processorTime: @convention(c) (Bool) -> UInt64
    /// Gives back memory that is kept for later tasks; whether there was some.
    public let releaseKept: @convention(c) () -> Bool

    public init(
        yield: @convention(c) () -> Void, awaitInput: @convention(c) () -> Bool,
        exit: @convention(c) (Int32) -> Void,
        futexWait: @convention(c) (UInt64, UInt32, UInt64) -> Int32,
        futexWake: @convention(c) (UInt64, Int) -> Int,
        setPriority: @convention(c) (Int32, UInt8) -> Bool,
        processorTime: @convention(c) (Bool) -> UInt64,
        releaseKept: @convention(c) () -> Bool
    ) {
        self.yield = yield
        self.awaitInput = awaitInput
        self.exit = exit
        self.futexWait = futexWait
        self.futexWake = futexWake
        self.setPriority = setPriority
        self.processorTime = processorTime
        self.releaseKept = releaseKept
    }

    nonisolated(unsafe) private static var operations: TaskOperations? = nil

    /// `nil` as long as there is no scheduler.
    @inline(__always)
    public static var current: TaskOperations? { unsafe operations }

    /// The scheduler has started; once.
    public static func start(_ operations: TaskOperations) {
        unsafe self.operations = operations
    }
}
