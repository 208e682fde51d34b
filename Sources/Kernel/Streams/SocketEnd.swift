import KernelDescriptors
import KernelSupport
import Synchronization

/// An end of a pair of connected sockets of AF_UNIX (POSIX, socketpair), with
/// what was sent to it.
struct SocketEnd: SlotRecord {
    var nextFree = Place.none
    var queue = ByteQueue()
    var source = Place.none
    /// The other end; none: it is closed.
    var peer = Place.none
    /// Messages keep their bounds (SOCK_DGRAM).
    var hasMessages = false
    /// It was shut for reading, or nothing more comes; for writing.
    var isReadShut = false
    var isWriteShut = false
    /// The other end was closed with something unread, which nobody has been told.
    var isReset = false

    mutating func read(_ transfer: inout Transfer) -> Int {
        if !hasMessages && transfer.remaining == 0 { return 0 }
        if queue.isEmpty {
            if isReset {
                isReset = false
                return Errno.connectionReset.result
            }
            return isReadShut ? 0 : mustWait
        }
        let hadRoom = queue.isWritable
        var moved = 0
        if hasMessages {
            moved = queue.readMessage(&transfer)
        } else {
            moved = queue.hand(to: &transfer)
            if moved == 0 { moved = Errno.badAddress.result }
        }
        if moved >= 0, !peer.isNone {
            let source = unsafe StreamState.shared.pointee.sockets[peer].source
            if queue.isWritable && !hadRoom || Descriptors.hasWriters(source) {
                Descriptors.tell(source, .writable)
            }
        }
        return moved
    }

    func write(_ transfer: inout Transfer) -> Int {
        if isWriteShut { return Errno.brokenPipe.result }
        guard !peer.isNone else {
            return (hasMessages ? Errno.connectionRefused : .brokenPipe).result
        }
        let isShut = unsafe StreamState.shared.pointee.sockets[peer].isReadShut
        if isShut { return Errno.brokenPipe.result }
        let moved =
            hasMessages
            ? unsafe StreamState.shared.pointee.sockets[peer].queue.writeMessage(&transfer)
            : unsafe StreamState.shared.pointee.sockets[peer].queue.write(&transfer)
        if moved > 0 || moved == 0 && hasMessages {
            Descriptors.tell(unsafe StreamState.shared.pointee.sockets[peer].source, .readable)
        }
        return moved
    }

    var readiness: Readiness {
        var ready: Readiness = []
        if !queue.isEmpty || isReadShut || isReset { ready.insert(.readable) }
        if isReadShut { ready.insert(.readHungUp) }
        if isReadShut && isWriteShut { ready.insert(.hungUp) }
        if isReset { ready.insert(.failed) }
        let canWrite =
            unsafe peer.isNone || StreamState.shared.pointee.sockets[peer].queue.isWritable
        if canWrite || isWriteShut { ready.insert(.writable) }
        return ready
    }

    /// Ends one direction or both (POSIX, shutdown), and tells both ends.
    static func shut(_ place: Place, reading: Bool, writing: Bool) {
        let peer = unsafe StreamState.shared.pointee.sockets[place].peer
        let hasMessages = unsafe StreamState.shared.pointee.sockets[place].hasMessages
        if reading { unsafe StreamState.shared.pointee.sockets[place].isReadShut = true }
        if writing { unsafe StreamState.shared.pointee.sockets[place].isWriteShut = true }
        tell(place)
        guard !peer.isNone, !hasMessages else { return }
        if writing { unsafe StreamState.shared.pointee.sockets[peer].isReadShut = true }
        if reading { unsafe StreamState.shared.pointee.sockets[peer].isWriteShut = true }
        tell(peer)
    }

    /// Tells that an end has ended.
    private static func tell(_ place: Place) {
        let end = unsafe StreamState.shared.pointee.sockets[place]
        Descriptors.tell(end.source, [.readable, .writable, .readHungUp, .hungUp])
    }

    private static func close(_ place: Place) {
        let end = unsafe StreamState.shared.pointee.sockets[place]
        if !end.peer.isNone {
            unsafe StreamState.shared.pointee.sockets[end.peer].peer = .none
            if !end.hasMessages {
                unsafe StreamState.shared.pointee.sockets[end.peer].isReadShut = true
                unsafe StreamState.shared.pointee.sockets[end.peer].isWriteShut = true
                if !end.queue.isEmpty {
                    unsafe StreamState.shared.pointee.sockets[end.peer].isReset = true
                }
            }
            tell(end.peer)
        }
        end.queue.give()
        unsafe StreamState.shared.pointee.sockets.give(place)
    }

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.socket,
                read: { word, transfer in
                    unsafe StreamState.shared.pointee.sockets[Place(Int(word))].read(
                        &Transfer.at(transfer).pointee)
                },
                write: { word, transfer in
                    unsafe StreamState.shared.pointee.sockets[Place(Int(word))].write(
                        &Transfer.at(transfer).pointee)
                },
                close: { word in
                    SocketEnd.close(Place(Int(word)))
                    return 0
                },
                writesAll: true,
                readiness: { word in
                    unsafe StreamState.shared.pointee.sockets[Place(Int(word))].readiness.rawValue
                },
                control: { word, request, argument in
                    guard request == ControlRequest.bytesToRead else {
                        return Errno.inappropriateIOControl.result
                    }
                    return ControlRequest.store(
                        unsafe StreamState.shared.pointee.sockets[Place(Int(word))].queue.count,
                        at: argument)
                })
        }
    }
}

extension Descriptors {
    /// Makes two sockets that are connected with each other.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func makeSocketPair(
        hasMessages: Bool, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> (Int32, Int32) {
        try start()
        let kind = SocketEnd.kind
        let flags: OpenFlags = isNonBlocking ? [.read, .write, .nonBlocking] : [.read, .write]
        return try locked { state throws(Errno) in
            try StreamTable.sockets.prepare(&state.sockets)
            let one = state.sockets.take(SocketEnd())
            var other = Place.none
            do throws(Errno) {
                try StreamTable.sockets.prepare(&state.sockets)
                other = state.sockets.take(SocketEnd())
                let (first, second) = try state.openPair(
                    kind, (UInt64(one.index), UInt64(other.index)), flags: (flags, flags),
                    closesOnExec: closesOnExec)
                state.sockets[one].peer = other
                state.sockets[other].peer = one
                state.sockets[one].source = state.source(of: first)
                state.sockets[other].source = state.source(of: second)
                state.sockets[one].hasMessages = hasMessages
                state.sockets[other].hasMessages = hasMessages
                return (first, second)
            } catch {
                if !other.isNone { state.sockets.give(other) }
                state.sockets.give(one)
                throw error
            }
        }
    }

    /// Ends one direction of a socket, or both.
    ///
    /// - Throws: `EBADF`; `ENOTSOCK`.
    public static func shut(
        _ number: Int32, reading: Bool, writing: Bool
    ) throws(Errno) {
        let word = try socket(number)
        try locked { _ throws(Errno) in
            SocketEnd.shut(Place(Int(word)), reading: reading, writing: writing)
        }
    }

    /// Sends or receives by a socket: bytes, or the negative of an error.
    ///
    /// - Throws: `EBADF`; `ENOTSOCK`.
    public static func moveBySocket(
        _ number: Int32, _ transfer: inout Transfer, isRead: Bool, peeks: Bool, waits: Bool
    ) throws(Errno) -> Int {
        _ = try socket(number)
        transfer.peeks = peeks
        transfer.neverWaits = !waits
        return move(number, &transfer, isRead ? .read : .write)
    }

    /// - Throws: `EBADF`; `ENOTSOCK`.
    public static func checkSocket(_ number: Int32) throws(Errno) { _ = try socket(number) }

    private static func socket(_ number: Int32) throws(Errno) -> UInt64 {
        let kind = SocketEnd.kind
        try startFor(number)
        return try locked { state throws(Errno) in
            let description = state.descriptions[try description(number, in: state)]
            guard description.operations == kind.word else { throw .notSocket }
            return description.object
        }
    }
}
