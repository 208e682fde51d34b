import Synchronization

/// A value that every thread has its own of.
///
/// ```swift
/// let depth = ThreadLocal { 0 }
/// depth.withValue { $0 += 1 }
/// ```
///
/// A thread's value is made when the thread first asks for it, and destroyed
/// when the thread ends, also where this is gone before. Values of the program's
/// first thread, and of threads that C code started, are never destroyed.
public struct ThreadLocal<Value: ~Copyable>: ~Copyable, Sendable {
    private let key = LocalStorage.newKey()
    private let makeInitialValue: @Sendable () -> Value

    /// - Parameter makeInitialValue: Makes the value of a thread that asks for
    ///   the first time, on that thread.
    public init(_ makeInitialValue: @escaping @Sendable () -> Value) {
        self.makeInitialValue = makeInitialValue
    }

    /// Runs `body` with the calling thread's value.
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    /// - Precondition: The caller is not in a `body` of the same thread-local
    ///   value on the same thread.
    public borrowing func withValue<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let box = unsafe unsafeDowncast(
            LocalStorage.box(for: key) { LocalBox(makeInitialValue()) }, to: LocalBox<Value>.self)
        precondition(!box.isInUse, "a thread-local value is used while it is used")
        box.isInUse = true
        defer { box.isInUse = false }
        return try body(&box.value)
    }
}

extension ThreadLocal where Value: Copyable {
    /// The calling thread's value.
    ///
    /// - Precondition: As of ``withValue(_:)``.
    public var value: Value {
        get { withValue { $0 } }
        nonmutating set { withValue { $0 = newValue } }
    }
}

private final class LocalBox<Value: ~Copyable>: AnyLocalBox {
    var value: Value
    var isInUse = false

    init(_ value: consuming Value) { self.value = value }
}
