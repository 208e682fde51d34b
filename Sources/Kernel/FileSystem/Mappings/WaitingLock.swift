import KernelSupport

/// A lock that may be held while something is waited for.
public protocol WaitingLock: AnyObject {
    /// Runs `body` alone. It does not ask for the lock again.
    func withLock<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value
    /// Waits for a moment, for what is told to nobody. The caller holds the lock.
    func rest()
}
