import KernelDescriptors
import KernelStreams

/// What there is of a socket of AF_VSOCK beside the protocol's part, at the same place.
struct VirtualSocketRecord: BitwiseCopyable {
    /// Who is told of changes; the descriptors' lock guards it.
    var source = ObservedSource.none
    /// Somebody has looked what it is ready for, and wants to be told of changes.
    var isObserved = false
    /// What it was ready for when that was told last.
    var ready: Readiness = []
    /// What has come and was not read.
    var buffer = SocketBuffer()
    /// Tasks that wait.
    var readers = 0
    var writers = 0
    var options = VirtualSocketOptions()
    /// `st_ino`: which of all sockets that there have been.
    var inode: UInt64 = 0
}

/// What is set with a socket (POSIX, setsockopt), beside what the protocol has to know.
struct VirtualSocketOptions: BitwiseCopyable {
    /// SO_RCVTIMEO, SO_SNDTIMEO, in nanoseconds; `nil`: for ever.
    var receiveLimit: UInt64? = nil
    var sendLimit: UInt64? = nil
    /// SO_LINGER.
    var lingers = false
    var lingerSeconds: Int32 = 0
    /// SO_SNDBUF, SO_RCVBUF, which change nothing (Linux): SO_VM_SOCKETS_BUFFER_SIZE does.
    var sendSize: Int32 = Self.usual
    var receiveSize: Int32 = Self.usual
    /// SO_REUSEADDR and its like, a bit for each, which change nothing either.
    var switches: UInt8 = 0

    static let usual: Int32 = 212_992
    static let least: Int32 = 4608
    static let most: Int32 = 1_048_576
}
