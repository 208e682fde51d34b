/// Why a function of the system failed: its errno (`hermit/errno.h`).
///
/// The names are those of swift-system's `Errno` where that has one.
public struct SystemError: Error, RawRepresentable, Equatable, Hashable, Sendable {
    /// The number, above zero: `HERMIT_EBADF` and its like.
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The error in what a function returned.
    ///
    /// - Parameter result: A value of 0 or more, or the negative of an errno.
    /// - Returns: The value.
    /// - Throws: The error, if it was one.
    @inline(__always)
    public static func check<Value: SignedInteger & FixedWidthInteger>(
        _ result: Value
    ) throws(SystemError) -> Value {
        guard result >= 0 else { throw SystemError(rawValue: 0 &- Int32(truncatingIfNeeded: result)) }
        return result
    }
}

extension SystemError {
    /// `EPERM`: operation not permitted.
    public static var notPermitted: Self { Self(rawValue: 1) }
    /// `ENOENT`: no such file or directory.
    public static var noSuchFileOrDirectory: Self { Self(rawValue: 2) }
    /// `ESRCH`: no such task.
    public static var noSuchProcess: Self { Self(rawValue: 3) }
    /// `EINTR`: interrupted.
    public static var interrupted: Self { Self(rawValue: 4) }
    /// `EIO`: input or output failed.
    public static var inputOutputError: Self { Self(rawValue: 5) }
    /// `ENXIO`: no such device or address.
    public static var noSuchAddressOrDevice: Self { Self(rawValue: 6) }
    /// `E2BIG`: argument list too long.
    public static var argumentListTooLong: Self { Self(rawValue: 7) }
    /// `ENOEXEC`: not an executable.
    public static var executableFormatError: Self { Self(rawValue: 8) }
    /// `EBADF`: no such open descriptor, or not open for this.
    public static var badFileDescriptor: Self { Self(rawValue: 9) }
    /// `ECHILD`: no child.
    public static var noChildProcess: Self { Self(rawValue: 10) }
    /// `EAGAIN`: not now; try again.
    public static var resourceTemporarilyUnavailable: Self { Self(rawValue: 11) }
    /// `ENOMEM`: not enough memory.
    public static var noMemory: Self { Self(rawValue: 12) }
    /// `EACCES`: permission denied.
    public static var permissionDenied: Self { Self(rawValue: 13) }
    /// `EFAULT`: bad address.
    public static var badAddress: Self { Self(rawValue: 14) }
    /// `ENOTBLK`: not a block device.
    public static var notBlockDevice: Self { Self(rawValue: 15) }
    /// `EBUSY`: in use.
    public static var resourceBusy: Self { Self(rawValue: 16) }
    /// `EEXIST`: exists already.
    public static var fileExists: Self { Self(rawValue: 17) }
    /// `EXDEV`: on another file system.
    public static var improperLink: Self { Self(rawValue: 18) }
    /// `ENODEV`: no such device.
    public static var operationNotSupportedByDevice: Self { Self(rawValue: 19) }
    /// `ENOTDIR`: not a directory.
    public static var notDirectory: Self { Self(rawValue: 20) }
    /// `EISDIR`: is a directory.
    public static var isDirectory: Self { Self(rawValue: 21) }
    /// `EINVAL`: invalid argument.
    public static var invalidArgument: Self { Self(rawValue: 22) }
    /// `ENFILE`: too many open files in the system.
    public static var tooManyOpenFilesInSystem: Self { Self(rawValue: 23) }
    /// `EMFILE`: too many open descriptors.
    public static var tooManyOpenFiles: Self { Self(rawValue: 24) }
    /// `ENOTTY`: not a terminal, or no such request for this descriptor.
    public static var inappropriateIOControl: Self { Self(rawValue: 25) }
    /// `ETXTBSY`: file is being executed.
    public static var textFileBusy: Self { Self(rawValue: 26) }
    /// `EFBIG`: file too large.
    public static var fileTooLarge: Self { Self(rawValue: 27) }
    /// `ENOSPC`: no space left.
    public static var noSpace: Self { Self(rawValue: 28) }
    /// `ESPIPE`: cannot seek.
    public static var illegalSeek: Self { Self(rawValue: 29) }
    /// `EROFS`: read-only file system.
    public static var readOnlyFileSystem: Self { Self(rawValue: 30) }
    /// `EMLINK`: too many links.
    public static var tooManyLinks: Self { Self(rawValue: 31) }
    /// `EPIPE`: nobody reads the other end.
    public static var brokenPipe: Self { Self(rawValue: 32) }
    /// `EDOM`: argument outside of the function's domain.
    public static var numericalArgumentOutOfDomain: Self { Self(rawValue: 33) }
    /// `ERANGE`: result too large.
    public static var resultTooLarge: Self { Self(rawValue: 34) }
    /// `EDEADLK`: would deadlock.
    public static var resourceDeadlockAvoided: Self { Self(rawValue: 35) }
    /// `ENAMETOOLONG`: name too long.
    public static var fileNameTooLong: Self { Self(rawValue: 36) }
    /// `ENOLCK`: no locks left.
    public static var noLocks: Self { Self(rawValue: 37) }
    /// `ENOSYS`: not available in this version.
    public static var noFunction: Self { Self(rawValue: 38) }
    /// `ENOTEMPTY`: directory not empty.
    public static var directoryNotEmpty: Self { Self(rawValue: 39) }
    /// `ELOOP`: too many symbolic links.
    public static var tooManySymbolicLinkLevels: Self { Self(rawValue: 40) }
    /// `ENOMSG`: no such message.
    public static var noMessage: Self { Self(rawValue: 42) }
    /// `EIDRM`: identifier removed.
    public static var identifierRemoved: Self { Self(rawValue: 43) }
    /// `ENOSTR`: not a stream.
    public static var notStream: Self { Self(rawValue: 60) }
    /// `ENODATA`: no data.
    public static var noData: Self { Self(rawValue: 61) }
    /// `ETIME`: timer expired.
    public static var timerExpired: Self { Self(rawValue: 62) }
    /// `ENOSR`: no stream resources.
    public static var noStreamResources: Self { Self(rawValue: 63) }
    /// `ENOLINK`: link severed.
    public static var linkSevered: Self { Self(rawValue: 67) }
    /// `EPROTO`: protocol error.
    public static var protocolError: Self { Self(rawValue: 71) }
    /// `EMULTIHOP`: multihop attempted.
    public static var multiHop: Self { Self(rawValue: 72) }
    /// `EBADMSG`: bad message.
    public static var badMessage: Self { Self(rawValue: 74) }
    /// `EOVERFLOW`: value too large for its type.
    public static var valueTooLarge: Self { Self(rawValue: 75) }
    /// `EILSEQ`: invalid byte sequence.
    public static var illegalByteSequence: Self { Self(rawValue: 84) }
    /// `EUSERS`: too many users.
    public static var tooManyUsers: Self { Self(rawValue: 87) }
    /// `ENOTSOCK`: not a socket.
    public static var notSocket: Self { Self(rawValue: 88) }
    /// `EDESTADDRREQ`: destination address required.
    public static var addressRequired: Self { Self(rawValue: 89) }
    /// `EMSGSIZE`: message too long.
    public static var messageTooLong: Self { Self(rawValue: 90) }
    /// `EPROTOTYPE`: wrong protocol for the socket.
    public static var protocolWrongTypeForSocket: Self { Self(rawValue: 91) }
    /// `ENOPROTOOPT`: no such option.
    public static var protocolNotAvailable: Self { Self(rawValue: 92) }
    /// `EPROTONOSUPPORT`: protocol not supported.
    public static var protocolNotSupported: Self { Self(rawValue: 93) }
    /// `ESOCKTNOSUPPORT`: socket type not supported.
    public static var socketTypeNotSupported: Self { Self(rawValue: 94) }
    /// `EOPNOTSUPP`: operation not supported.
    public static var notSupported: Self { Self(rawValue: 95) }
    /// `EPFNOSUPPORT`: protocol family not supported.
    public static var protocolFamilyNotSupported: Self { Self(rawValue: 96) }
    /// `EAFNOSUPPORT`: address family not supported.
    public static var addressFamilyNotSupported: Self { Self(rawValue: 97) }
    /// `EADDRINUSE`: address in use.
    public static var addressInUse: Self { Self(rawValue: 98) }
    /// `EADDRNOTAVAIL`: address not available.
    public static var addressNotAvailable: Self { Self(rawValue: 99) }
    /// `ENETDOWN`: network is down.
    public static var networkDown: Self { Self(rawValue: 100) }
    /// `ENETUNREACH`: network unreachable.
    public static var networkUnreachable: Self { Self(rawValue: 101) }
    /// `ENETRESET`: connection aborted by the network.
    public static var networkReset: Self { Self(rawValue: 102) }
    /// `ECONNABORTED`: connection aborted.
    public static var connectionAbort: Self { Self(rawValue: 103) }
    /// `ECONNRESET`: connection reset.
    public static var connectionReset: Self { Self(rawValue: 104) }
    /// `ENOBUFS`: no buffer space.
    public static var noBufferSpace: Self { Self(rawValue: 105) }
    /// `EISCONN`: connected already.
    public static var socketIsConnected: Self { Self(rawValue: 106) }
    /// `ENOTCONN`: not connected.
    public static var socketNotConnected: Self { Self(rawValue: 107) }
    /// `ESHUTDOWN`: shut down already.
    public static var socketShutdown: Self { Self(rawValue: 108) }
    /// `ETOOMANYREFS`: too many references.
    public static var tooManyReferences: Self { Self(rawValue: 109) }
    /// `ETIMEDOUT`: timed out.
    public static var timedOut: Self { Self(rawValue: 110) }
    /// `ECONNREFUSED`: connection refused.
    public static var connectionRefused: Self { Self(rawValue: 111) }
    /// `EHOSTDOWN`: host is down.
    public static var hostIsDown: Self { Self(rawValue: 112) }
    /// `EHOSTUNREACH`: host unreachable.
    public static var noRouteToHost: Self { Self(rawValue: 113) }
    /// `EALREADY`: in progress already.
    public static var alreadyInProcess: Self { Self(rawValue: 114) }
    /// `EINPROGRESS`: in progress.
    public static var nowInProgress: Self { Self(rawValue: 115) }
    /// `ESTALE`: stale handle.
    public static var staleHandle: Self { Self(rawValue: 116) }
    /// `EDQUOT`: quota exceeded.
    public static var diskQuotaExceeded: Self { Self(rawValue: 122) }
    /// `ECANCELED`: cancelled.
    public static var canceled: Self { Self(rawValue: 125) }
    /// `EOWNERDEAD`: owner died.
    public static var ownerDead: Self { Self(rawValue: 130) }
    /// `ENOTRECOVERABLE`: state not recoverable.
    public static var notRecoverable: Self { Self(rawValue: 131) }
    /// `EWOULDBLOCK`, which is `EAGAIN`.
    public static var wouldBlock: Self { resourceTemporarilyUnavailable }
}

extension SystemError: CustomStringConvertible {
    /// What went wrong, in a few words.
    public var description: String {
        switch self {
        case .notPermitted: "operation not permitted"
        case .noSuchFileOrDirectory: "no such file or directory"
        case .noSuchProcess: "no such task"
        case .interrupted: "interrupted"
        case .inputOutputError: "input or output failed"
        case .noSuchAddressOrDevice: "no such device or address"
        case .argumentListTooLong: "argument list too long"
        case .executableFormatError: "not an executable"
        case .badFileDescriptor: "no such open descriptor, or not open for this"
        case .noChildProcess: "no child"
        case .resourceTemporarilyUnavailable: "not now; try again"
        case .noMemory: "not enough memory"
        case .permissionDenied: "permission denied"
        case .badAddress: "bad address"
        case .notBlockDevice: "not a block device"
        case .resourceBusy: "in use"
        case .fileExists: "exists already"
        case .improperLink: "on another file system"
        case .operationNotSupportedByDevice: "no such device"
        case .notDirectory: "not a directory"
        case .isDirectory: "is a directory"
        case .invalidArgument: "invalid argument"
        case .tooManyOpenFilesInSystem: "too many open files in the system"
        case .tooManyOpenFiles: "too many open descriptors"
        case .inappropriateIOControl: "not a terminal, or no such request for this descriptor"
        case .textFileBusy: "file is being executed"
        case .fileTooLarge: "file too large"
        case .noSpace: "no space left"
        case .illegalSeek: "cannot seek"
        case .readOnlyFileSystem: "read-only file system"
        case .tooManyLinks: "too many links"
        case .brokenPipe: "nobody reads the other end"
        case .numericalArgumentOutOfDomain: "argument outside of the function's domain"
        case .resultTooLarge: "result too large"
        case .resourceDeadlockAvoided: "would deadlock"
        case .fileNameTooLong: "name too long"
        case .noLocks: "no locks left"
        case .noFunction: "not available in this version"
        case .directoryNotEmpty: "directory not empty"
        case .tooManySymbolicLinkLevels: "too many symbolic links"
        case .noMessage: "no such message"
        case .identifierRemoved: "identifier removed"
        case .notStream: "not a stream"
        case .noData: "no data"
        case .timerExpired: "timer expired"
        case .noStreamResources: "no stream resources"
        case .linkSevered: "link severed"
        case .protocolError: "protocol error"
        case .multiHop: "multihop attempted"
        case .badMessage: "bad message"
        case .valueTooLarge: "value too large for its type"
        case .illegalByteSequence: "invalid byte sequence"
        case .tooManyUsers: "too many users"
        case .notSocket: "not a socket"
        case .addressRequired: "destination address required"
        case .messageTooLong: "message too long"
        case .protocolWrongTypeForSocket: "wrong protocol for the socket"
        case .protocolNotAvailable: "no such option"
        case .protocolNotSupported: "protocol not supported"
        case .socketTypeNotSupported: "socket type not supported"
        case .notSupported: "operation not supported"
        case .protocolFamilyNotSupported: "protocol family not supported"
        case .addressFamilyNotSupported: "address family not supported"
        case .addressInUse: "address in use"
        case .addressNotAvailable: "address not available"
        case .networkDown: "network is down"
        case .networkUnreachable: "network unreachable"
        case .networkReset: "connection aborted by the network"
        case .connectionAbort: "connection aborted"
        case .connectionReset: "connection reset"
        case .noBufferSpace: "no buffer space"
        case .socketIsConnected: "connected already"
        case .socketNotConnected: "not connected"
        case .socketShutdown: "shut down already"
        case .tooManyReferences: "too many references"
        case .timedOut: "timed out"
        case .connectionRefused: "connection refused"
        case .hostIsDown: "host is down"
        case .noRouteToHost: "host unreachable"
        case .alreadyInProcess: "in progress already"
        case .nowInProgress: "in progress"
        case .staleHandle: "stale handle"
        case .diskQuotaExceeded: "quota exceeded"
        case .canceled: "cancelled"
        case .ownerDead: "owner died"
        case .notRecoverable: "state not recoverable"
        default: "error \(rawValue)"
        }
    }
}
