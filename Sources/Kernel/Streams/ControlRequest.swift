import KernelMain
import KernelSupport

/// Requests of `ioctl` that kinds of descriptors share.
public enum ControlRequest {
    /// FIONREAD: an `int` for the bytes that can be read.
    public static let bytesToRead: UInt32 = 0x541B
    /// SIOCOUTQ, and SIOCOUTQNSD: an `int` for the bytes that a socket's other end has not
    /// acknowledged, and for those of them that were not sent.
    public static let bytesToWrite: UInt32 = 0x5411
    public static let bytesNotSent: UInt32 = 0x894B

    /// The end of a kind's function of requests that knows this one alone.
    static func answer(_ request: UInt32, _ argument: UInt64, waiting count: () -> Int) -> Int {
        guard request == bytesToRead else { return Errno.inappropriateIOControl.result }
        return store(count(), at: argument)
    }

    /// Hands an `int` to the application.
    public static func store(_ value: Int, at address: UInt64) -> Int {
        do throws(Errno) {
            try unsafe ApplicationBuffer(UnsafeRawPointer(bitPattern: UInt(address)), count: 4)
                .store(Int32(clamping: value))
            return 0
        } catch { return error.result }
    }
}
