import CMachine
import KernelDescriptors
import KernelMachine
import KernelMain
import KernelScheduling
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVsock
import Synchronization

/// A socket of AF_VSOCK: its place in the tables.
struct VirtualSocket: BitwiseCopyable {
    let place: Place

    init(_ place: Place) { self.place = place }

    /// The socket in a descriptor.
    init(word: UInt64) { place = Place(Int(truncatingIfNeeded: word)) }

    var word: UInt64 { UInt64(place.index) }

    /// Its owner's part, with the lock.
    var record: VirtualSocketRecord {
        @inline(__always) get { VirtualSocketState.shared.records[place.index] }
        @inline(__always) nonmutating _modify { yield &VirtualSocketState.shared.records[place.index] }
    }

    /// The protocol's part, with the lock.
    var socket: VsockSocket { VirtualSocketState.shared.table.sockets[place] }

    /// Bytes that are copied with the lock.
    static let piece = 16_384

    // MARK: - Waiting, with the lock

    enum Direction: UInt64 {
        case read = 0
        case write = 1
    }

    func key(_ direction: Direction) -> WaitKey {
        WaitKey(.socket, 1 << 62 | (word << 1 | direction.rawValue) << 2)
    }

    /// The running task waits for a change; the lock is given back meanwhile. What is new is told
    /// before.
    ///
    /// - Parameter flags: Of `enter`.
    /// - Returns: `nil`: it is to be looked at again; else `ETIMEDOUT`, `EINTR`.
    func wait(_ direction: Direction, until deadline: UInt64, _ flags: inout UInt64) -> Errno? {
        if VirtualSocketState.shared.hasWork {
            VirtualSocketState.leave(flags)
            flags = VirtualSocketState.enter()
            return nil
        }
        if direction == .read { record.readers += 1 } else { record.writers += 1 }
        let error = Tasks.wait(for: key(direction), until: deadline, giving: VirtualSocketState.lock)
        VirtualSocketState.lock.lock()
        if direction == .read { record.readers -= 1 } else { record.writers -= 1 }
        return error
    }

    /// When a wait with a time-out ends that begins now.
    static func deadline(_ limit: UInt64?) -> UInt64 {
        guard let limit else { return .max }
        let (end, isOver) = Tasks.now.addingReportingOverflow(limit)
        return isOver ? .max : end
    }

    // MARK: - As a descriptor

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.socket,
                read: { VirtualSocket(word: $0).read(&Transfer[$1]) },
                write: { VirtualSocket(word: $0).write(&Transfer[$1]) },
                close: { VirtualSocket(word: $0).close() },
                tellsAll: true,
                readiness: { VirtualSocket(word: $0).observe() },
                status: { object, status in
                    FileStatus[status].number = VirtualSocket(word: object).inode
                    return 0
                },
                control: { VirtualSocket(word: $0).control($1, $2) },
                socket: SocketOperations(
                    bind: { VirtualSocket(word: $0).bind(SocketAddress[$1]) },
                    listen: { VirtualSocket(word: $0).listen($1) },
                    accept: { VirtualSocket(word: $0).accept(&AcceptRequest[$1]) },
                    connect: { VirtualSocket(word: $0).connect(SocketAddress[$1], isNonBlocking: $2) },
                    name: { VirtualSocket(word: $0).name(&SocketAddress[$1], isPeer: $2) },
                    shut: { VirtualSocket(word: $0).shut(reading: $1, writing: $2) },
                    setOption: { VirtualSocket(word: $0).setOption(SocketOption[$1]) },
                    option: { VirtualSocket(word: $0).option(&SocketOption[$1]) }))
        }
    }

    /// What it is ready for, with the descriptors' lock; from now on changes are told.
    private func observe() -> UInt32 {
        let flags = VirtualSocketState.enter()
        let ready = VirtualSocketState.shared.table.readiness(place)
        record.isObserved = true
        record.ready = ready
        VirtualSocketState.leaveInside(flags)
        return ready.rawValue
    }

    private var inode: UInt64 {
        let flags = VirtualSocketState.enter()
        defer { VirtualSocketState.leaveInside(flags) }
        return record.inode
    }

    /// IOCTL_VM_SOCKETS_GET_LOCAL_CID (Linux, vsock(7)).
    private static let askContext: UInt32 = 0x7B9

    private func control(_ request: UInt32, _ argument: UInt64) -> Int {
        let flags = VirtualSocketState.enter()
        let socket = socket
        let context = VirtualSocketState.shared.table.context
        VirtualSocketState.leaveInside(flags)
        switch request {
        case Self.askContext:
            return ControlRequest.store(
                Int(Int32(bitPattern: context ?? VsockAddress.anyContext)), at: argument)
        case ControlRequest.bytesToRead:
            if socket.phase == .listening { return Errno.invalidArgument.result }
            return ControlRequest.store(socket.credit.waiting, at: argument)
        case ControlRequest.bytesToWrite:
            if socket.phase == .listening { return Errno.invalidArgument.result }
            return ControlRequest.store(socket.isConnected ? socket.credit.underWay : 0, at: argument)
        default: return Errno.inappropriateIOControl.result
        }
    }
}

/// The result of a function of a kind's.
func outcome(_ body: () throws(Errno) -> Int) -> Int {
    do throws(Errno) { return try body() } catch { return error.result }
}

/// Sockets of AF_VSOCK.
public enum VirtualSockets {
    /// Makes one.
    ///
    /// - Parameters:
    ///   - type: HERMIT_SOCK_*; there are streams.
    ///   - protocolNumber: 0, or the family's number.
    /// - Throws: `ESOCKTNOSUPPORT`, `EPROTONOSUPPORT`; `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM`.
    public static func make(
        type: Int32, protocolNumber: Int32, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        guard protocolNumber == 0 || protocolNumber == Int32(VirtualAddress.family) else {
            throw .protocolNotSupported
        }
        guard type == 1 else { throw .socketTypeNotSupported }
        try VirtualSocketState.start()
        let flags = VirtualSocketState.enter()
        var place = Place.none
        var problem: Errno? = nil
        do throws(Errno) {
            try VirtualSocketState.shared.prepare()
            place = VirtualSocketState.shared.table.make()
            VirtualSocketState.shared.adopt(place)
        } catch { problem = error }
        VirtualSocketState.leave(flags)
        if let problem { throw problem }
        let socket = VirtualSocket(place)
        do throws(Errno) {
            return try Descriptors.open(
                VirtualSocket.kind, object: socket.word,
                flags: isNonBlocking ? [.read, .write, .nonBlocking] : [.read, .write],
                closesOnExec: closesOnExec
            ) { socket.record.source = $0 }
        } catch {
            _ = socket.close()
            throw error
        }
    }
}

extension VirtualSocketState {
    /// A socket has a descriptor, or is about to.
    mutating func adopt(_ place: Place) {
        made &+= 1
        records[place.index].inode = made
    }

    /// Whether something is to be told or handed on before anybody waits.
    var hasWork: Bool {
        mutating get { table.hasChanged || table.hasPackets(isLocal: true) || hasDeviceWork }
    }

    /// Gives the lock back where nothing has changed.
    static func leaveInside(_ flags: UInt64) {
        lock.unlock()
        machine_restore_interrupts(flags)
    }
}
