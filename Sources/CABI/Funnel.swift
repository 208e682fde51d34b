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
    unsafe KernelServices.errnoLocation().pointee = error.rawValue
}

/// The result of a function that this version does not build.
func notBuilt<Value: FixedWidthInteger & SignedInteger>() -> Value {
    result { () throws(Errno) -> Value in throw .noFunction }
}

/// The end of a function that this version does not build and that returns nothing.
func notBuilt() { setErrno(.noFunction) }

/// The bytes of an application's buffer, to be read.
func readable(
    _ buffer: UnsafeRawPointer?, _ count: Int
) throws(Errno) -> UnsafeRawBufferPointer {
    guard count >= 0 else { throw .invalidArgument }
    guard unsafe KernelServices.validate(buffer, count: count, writable: false) else {
        throw .badAddress
    }
    return unsafe UnsafeRawBufferPointer(start: count == 0 ? nil : buffer, count: count)
}

/// The bytes of an application's buffer, to be written.
func writable(
    _ buffer: UnsafeMutableRawPointer?, _ count: Int
) throws(Errno) -> UnsafeMutableRawBufferPointer {
    guard count >= 0 else { throw .invalidArgument }
    guard unsafe KernelServices.validate(buffer, count: count, writable: true) else {
        throw .badAddress
    }
    return unsafe UnsafeMutableRawBufferPointer(start: count == 0 ? nil : buffer, count: count)
}

/// A value that the application passes by address, which need not be aligned.
func load<Value: BitwiseCopyable>(
    _ address: UnsafeRawPointer?, as type: Value.Type
) throws(Errno) -> Value {
    try unsafe readable(address, MemoryLayout<Value>.size).loadUnaligned(as: type)
}

/// Hands a value to the application at an address, which need not be aligned.
func store<Value: BitwiseCopyable>(
    _ value: Value, at address: UnsafeMutableRawPointer?
) throws(Errno) {
    try unsafe writable(address, MemoryLayout<Value>.size).storeBytes(of: value, as: Value.self)
}
