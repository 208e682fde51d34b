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

func setErrno(_ error: Errno) {
    unsafe KernelServices.errnoLocation().pointee = error.rawValue
}

/// The result of a function that this version does not build.
func notBuilt<Value: FixedWidthInteger & SignedInteger>() -> Value {
    result { () throws(Errno) -> Value in throw .noFunction }
}

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
