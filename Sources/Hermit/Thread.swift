import CHermit
import Synchronization

/// A thread of execution that was started, until it is joined.
///
/// ```swift
/// let answer = try Thread.spawn { compute() }
/// print(try answer.join())
/// ```
///
/// A handle that is dropped without a join leaves its thread to itself: it runs
/// on, and what its closure returns is destroyed when it has ended.
///
/// The program ends with `exit`, with main's end, or with its last thread.
public struct Thread<Value: ~Copyable>: ~Copyable, Sendable {
    /// The thread's number.
    public let identifier: ThreadIdentifier
    private let run: ThreadRun<Value>

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - priority: How urgent it is.
    ///   - stackSize: Bytes of its stack, rounded up to whole pages; `nil`: the
    ///     usual size.
    ///   - core: The processor that it runs on; `nil`: any.
    ///   - body: What it runs.
    /// - Throws: `SystemError.invalidArgument` where there is no such core, or a
    ///   stack of that size cannot be;
    ///   `SystemError.resourceTemporarilyUnavailable` where there are too many
    ///   threads, or there is no memory for its stacks;
    ///   `SystemError.noFunction` where the machine has no clock.
    ///
    /// The corresponding C function is `sys_spawn2`.
    public static func spawn(
        priority: ThreadPriority = .normal, stackSize: Int? = nil, core: Int? = nil,
        _ body: sending @escaping () -> sending Value
    ) throws(SystemError) -> Thread {
        if let stackSize, stackSize <= 0 { throw .invalidArgument }
        if let core, core < 0 { throw .invalidArgument }
        let run = ThreadRun(body)
        let reference = unsafe Unmanaged<AnyThreadRun>.passRetained(run)
        let result = unsafe sys_spawn2(
            ThreadEntry.function, Int(bitPattern: reference.toOpaque()), priority.rawValue,
            stackSize ?? 0, core ?? -1)
        guard result >= 0 else {
            unsafe reference.release()
            throw SystemError(rawValue: 0 - result)
        }
        return Thread(identifier: ThreadIdentifier(rawValue: result), run: run)
    }

    private init(identifier: ThreadIdentifier, run: ThreadRun<Value>) {
        self.identifier = identifier
        self.run = run
    }

    /// Waits until the thread has ended.
    ///
    /// - Returns: What its closure has returned.
    /// - Throws: `SystemError.resourceDeadlockAvoided` where it is the calling
    ///   thread; `SystemError.canceled` where it has ended in its closure, by
    ///   `sys_thread_exit`; `SystemError.noSuchProcess` where somebody has joined
    ///   it by its number, and it has not yet returned. The thread is then left
    ///   to itself.
    ///
    /// The corresponding C function is `sys_join`.
    public consuming func join() throws(SystemError) -> sending Value {
        var result: Int32
        repeat { result = sys_join(identifier.rawValue) } while result == -HERMIT_EINTR
        // The system forgets threads that ended, when it has too many.
        if let value = run.take() { return value }
        _ = try SystemError.check(result)
        throw .canceled
    }
}

/// What a thread runs, and what comes out of it; the thread and its handle
/// each hold it.
private final class ThreadRun<Value: ~Copyable>: AnyThreadRun, @unchecked Sendable {
    private var body: (() -> sending Value)?
    private var value: Value? = nil
    /// Who sees it may take the value.
    private let isDone = Atomic(false)

    init(_ body: sending @escaping () -> sending Value) { self.body = body }

    override func run() {
        value = body.take()?()
        isDone.store(true, ordering: .releasing)
    }

    /// What the closure returned, once; `nil` if it did not yet.
    func take() -> sending Value? {
        guard isDone.exchange(false, ordering: .acquiring) else { return nil }
        nonisolated(unsafe) let value = value.take()
        return unsafe value
    }
}

/// The same, for a function that does not know the type.
private class AnyThreadRun {
    func run() {}
}

private enum ThreadEntry {
    static let function: @convention(c) (Int) -> Void = { argument in
        runToTheEnd(argument)
        LocalStorage.empty()
    }

    private static func runToTheEnd(_ argument: Int) {
        let reference = unsafe UnsafeRawPointer(bitPattern: argument).unsafelyUnwrapped
        unsafe Unmanaged<AnyThreadRun>.fromOpaque(reference).takeRetainedValue().run()
    }
}
