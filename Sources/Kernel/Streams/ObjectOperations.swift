import KernelDescriptors
import KernelSupport
import Synchronization

/// What is behind a descriptor: what every kind of it offers. Descriptors know
/// no kind, so that an image has those that its program makes.
///
/// A kind's functions get the word that was given to `Descriptors.open`, and
/// return values of 0 or more, or the negatives of error numbers. Of those with
/// `runsLocked` they are called with the descriptors' lock and must be short
/// and not wait: `read` and `write` return -EAGAIN where they have to, and are
/// called again when `Descriptors.tell` has said that something has changed.
/// Of others they are called without a lock, and may wait themselves; what is
/// behind the descriptor stays open meanwhile.
public struct ObjectOperations: Sendable {
    public let runsLocked: Bool
    /// `S_IFMT`'s part of `st_mode`: what it is.
    public let type: UInt32
    /// Object, address of a `Transfer`: bytes that were moved.
    public let read: @convention(c) (UInt64, UInt) -> Int
    public let write: @convention(c) (UInt64, UInt) -> Int
    /// A blocking write goes on until all is written.
    public let writesAll: Bool
    /// What it is ready for now (`Readiness`), with the descriptors' lock;
    /// `nil`: always for reading and writing.
    public let readiness: (@convention(c) (UInt64) -> UInt32)?
    /// `Descriptors.tell` is called whenever it becomes ready for something: what
    /// it was seen not to be ready for it is not until then.
    public let tellsAll: Bool
    /// Nothing but reads and writes by its descriptors, and what is told, changes what it
    /// is ready for.
    public let changesByMoves: Bool
    /// The last descriptor is closed: the object goes.
    public let close: @convention(c) (UInt64) -> Int
    /// Of one that does not: the same where that is done in a moment, without a lock and with
    /// interrupts off. 0, or `refused`: nothing was done, and `close` does it. Only of what
    /// has no source.
    public let closeQuickly: (@convention(c) (UInt64) -> Int)?
    /// Of one that runs locked: what is left to do without the lock, with what `close`
    /// has returned.
    public let closed: (@convention(c) (UInt64) -> Int)?
    /// Object, address of a `FileStatus` whose type is set, to be filled.
    public let status: (@convention(c) (UInt64, UInt) -> Int)?
    /// Object, request, address of the argument: `ioctl`; -ENOTTY for what is no request.
    public let control: (@convention(c) (UInt64, UInt32, UInt64) -> Int)?
    /// Object, offset, whence: the new position; `nil`: ESPIPE.
    public let seek: (@convention(c) (UInt64, Int, Int32) -> Int)?
    /// Object, address of a `Transfer`, offset: `pread`, `pwrite`; `nil`: ESPIPE.
    public let readAt: (@convention(c) (UInt64, UInt, Int) -> Int)?
    public let writeAt: (@convention(c) (UInt64, UInt, Int) -> Int)?
    /// Object, address, count, offset, which is below 0 where the descriptor has one: a
    /// short read or write (`ApplicationBuffer.isShort`) that nothing stands in the way
    /// of, with the lock. The bytes that were moved, or `refused`: nothing was, and
    /// `read` or its like does what is to be done.
    public let readShort: (@convention(c) (UInt64, UInt64, Int, Int) -> Int)?
    public let writeShort: (@convention(c) (UInt64, UInt64, Int, Int) -> Int)?
    /// What it does as a socket; `nil`: it is none.
    public let socket: SocketOperations?
    /// Its source is that of others of its kind, too, and stays.
    public let sharesSource: Bool

    /// What `readShort` and `writeShort` return that have done nothing.
    @inline(__always)
    public static var refused: Int { .min }

    @inline(__always)
    public init(
        runsLocked: Bool, type: UInt32,
        read: @convention(c) (UInt64, UInt) -> Int,
        write: @convention(c) (UInt64, UInt) -> Int,
        close: @convention(c) (UInt64) -> Int,
        closed: (@convention(c) (UInt64) -> Int)? = nil,
        closeQuickly: (@convention(c) (UInt64) -> Int)? = nil,
        writesAll: Bool = false, sharesSource: Bool = false, tellsAll: Bool = false, changesByMoves: Bool = false,
        readiness: (@convention(c) (UInt64) -> UInt32)? = nil,
        status: (@convention(c) (UInt64, UInt) -> Int)? = nil,
        control: (@convention(c) (UInt64, UInt32, UInt64) -> Int)? = nil,
        seek: (@convention(c) (UInt64, Int, Int32) -> Int)? = nil,
        readAt: (@convention(c) (UInt64, UInt, Int) -> Int)? = nil,
        writeAt: (@convention(c) (UInt64, UInt, Int) -> Int)? = nil,
        readShort: (@convention(c) (UInt64, UInt64, Int, Int) -> Int)? = nil,
        writeShort: (@convention(c) (UInt64, UInt64, Int, Int) -> Int)? = nil,
        socket: SocketOperations? = nil
    ) {
        self.runsLocked = runsLocked
        self.type = type
        self.read = read
        self.write = write
        self.close = close
        self.closed = closed
        self.closeQuickly = closeQuickly
        self.writesAll = writesAll
        self.sharesSource = sharesSource
        self.tellsAll = tellsAll
        self.changesByMoves = changesByMoves
        self.readiness = readiness
        self.status = status
        self.control = control
        self.seek = seek
        self.readAt = readAt
        self.writeAt = writeAt
        self.readShort = readShort
        self.writeShort = writeShort
        self.socket = socket
    }
}

/// A kind's operations, which lie in a static variable of its.
///
/// The variable is filled when the kind is used for the first time: data that
/// names functions would keep them in every image, as all data of a module is
/// one section.
@safe public struct ObjectKind: Equatable, Sendable {
    private let address: UInt

    /// - Parameters:
    ///   - place: A static variable, which stays where it is; `nil` at first.
    ///   - made: The operations' address once they are there.
    ///   - make: Makes what it holds. No lock may be held the first time.
    @inline(__always)
    public init(
        _ place: inout ObjectOperations?, _ made: borrowing Atomic<UInt>,
        _ make: () -> ObjectOperations
    ) {
        let known = made.load(ordering: .acquiring)
        address = known != 0 ? known : Self.make(&place, made, make)
    }

    @inline(never)
    private static func make(
        _ place: inout ObjectOperations?, _ made: borrowing Atomic<UInt>,
        _ make: () -> ObjectOperations
    ) -> UInt {
        let flags = StreamState.enterUnused()
        defer { StreamState.leaveUnused(flags) }
        if place == nil { place = make() }
        // What an optional holds is at its start.
        let address = unsafe withUnsafeMutablePointer(to: &place) { UInt(bitPattern: $0) }
        made.store(address, ordering: .releasing)
        return address
    }

    /// The kind that `word` was made of.
    init(word: UInt) { address = word }

    /// As a word, for a `Description`.
    var word: UInt { address }

    public var operations: ObjectOperations {
        @inline(__always) unsafeAddress {
            unsafe UnsafePointer(bitPattern: address).unsafelyUnwrapped
        }
    }
}

/// The types of `st_mode` (POSIX, sys/stat.h).
public enum FileType {
    /// `S_IFMT`.
    public static let mask: UInt32 = 0o170000
    public static let fifo: UInt32 = 0o010000
    public static let character: UInt32 = 0o020000
    public static let directory: UInt32 = 0o040000
    public static let block: UInt32 = 0o060000
    public static let regular: UInt32 = 0o100000
    public static let socket: UInt32 = 0o140000
    /// What has no name: eventfd and its like.
    public static let anonymous: UInt32 = 0
}

extension Errno {
    /// As a function's result.
    public var result: Int { -Int(rawValue) }
}

/// A kind's function has to wait.
let mustWait = Errno.resourceTemporarilyUnavailable.result
