import CHermit
import KernelMain
import KernelSupport

/// The one way from a typed error to a function's result: sets the task's
/// errno and gives its negative.
@inline(__always)
func result<Value: FixedWidthInteger & SignedInteger>(
    _ body: () throws(Errno) -> Value
) -> Value {
    do throws(Errno) {
        return try body()
    } catch {
        setErrno(error)
        return -Value(error.rawValue)
    }
}

/// Sets the task's errno, for the functions that return no number.
func setErrno(_ error: Errno) {
    KernelServices.setErrno(error.rawValue)
}

/// The result of a function that this version does not build.
func notBuilt<Value: FixedWidthInteger & SignedInteger>() -> Value {
    result { () throws(Errno) -> Value in throw .noFunction }
}

/// The end of a function that this version does not build and that returns nothing.
func notBuilt() { setErrno(.noFunction) }

/// A value that the application passes by address, which need not be aligned.
func load<Value: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _ address: UnsafeRawPointer?, as type: Value.Type
) throws(Errno) -> Value {
    var value: Value = 0
    try unsafe ApplicationBuffer(address, count: MemoryLayout<Value>.size).load(into: &value)
    return value
}

/// Hands a value to the application at an address, which need not be aligned.
func store<Value: BitwiseCopyable>(
    _ value: Value, at address: UnsafeMutableRawPointer?
) throws(Errno) {
    try unsafe ApplicationBuffer(address, count: MemoryLayout<Value>.size).store(value)
}
