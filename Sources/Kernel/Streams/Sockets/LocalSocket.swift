import KernelDescriptors
import KernelMain
import KernelSupport
import KernelTasks
import Synchronization

/// A socket of AF_UNIX (POSIX, <sys/un.h>; Linux, unix(7)), with what was sent to
/// it and is not received.
///
/// The descriptors' lock guards all of them. One that another end has made by
/// connecting has no descriptor, and no source, until it is accepted.
struct LocalSocket: ObservedRecord {
    enum Style: UInt8, BitwiseCopyable {
        case stream, datagram, sequenced

        var hasMessages: Bool { self != .stream }
        var isConnected: Bool { self != .datagram }
    }

    enum State: UInt8, BitwiseCopyable {
        case alone, listening, connected
        /// It was connected, and the other end is closed.
        case left
    }

    var nextFree = Place.none
    var style = Style.stream
    var state = State.alone
    /// It was made with its other end.
    var isPair = false
    /// Who is told of changes; none: it has no descriptor yet.
    var source = Place.none
    /// The other end; none: there is none, or it is closed. Of datagrams it may be
    /// an end that has another other end, or none.
    var peer = Place.none
    /// Its own name, and the name that a closed other end had.
    var name = Place.none
    var leftName = Place.none
    /// The file that is its name; 0: none. Whoever connects to the file finds it.
    var file: UInt64 = 0
    /// Its name leads to it, and the next one of which that is true.
    var isBound = false
    var isBinding = false
    var nextBound = Place.none

    /// The bytes of what was sent to it.
    var queue = ByteQueue(capacity: ByteQueue.socketCapacity)
    /// The messages that the bytes are; of a stream those with descriptors alone.
    var firstPacket = Place.none
    var lastPacket = Place.none
    var packets = 0
    /// Of a stream: bytes that were received, ever.
    var received: UInt64 = 0
    /// Tasks wait for room in its queue, or among its connections.
    var hasSenders = false

    /// Of one that listens: connections that wait to be accepted. Of such a
    /// connection: the next one.
    var firstWaiting = Place.none
    var lastWaiting = Place.none
    var nextWaiting = Place.none
    var waiting = 0
    var backlog = 0

    /// Of datagrams: whose other end it is, and neighbours in such a list.
    var firstSender = Place.none
    var nextSender = Place.none
    var previousSender = Place.none

    /// It was shut for reading, or nothing more comes; for writing.
    var isReadShut = false
    var isWriteShut = false
    /// The other end was closed with something unread, or has another other end
    /// now; nobody has been told.
    var isReset = false

    var options = LocalOptions()

    /// What `collect` finds: how often it is on its way, its description then, whether
    /// somebody can receive it, and the next one of which that is to be looked at.
    var onWay: Int32 = 0
    var description = Place.none
    var isReached = false
    var nextReached = Place.none

    /// Messages that wait at most, however short.
    static let mostPackets = 256

    static let table = StreamTable.sockets

    static func with<Value>(
        _ state: inout StreamState, _ body: (inout SlotTable<Self>) throws(Errno) -> Value
    ) throws(Errno) -> Value { try body(&state.sockets) }

    // MARK: - Readiness

    /// With the lock.
    static func readiness(_ place: Place) -> Readiness {
        let socket = place.socket
        var ready: Readiness = []
        if socket.state == .listening {
            if !socket.firstWaiting.isNone || socket.isReadShut { ready.insert(.readable) }
        } else {
            if hasSomething(place) || socket.isReadShut || socket.isReset { ready.insert(.readable) }
            if hasRoom(place) || socket.isWriteShut { ready.insert(.writable) }
        }
        if socket.isReadShut { ready.insert(.readHungUp) }
        if socket.isReadShut && socket.isWriteShut { ready.insert(.hungUp) }
        if socket.style.isConnected && socket.state == .alone { ready.insert(.hungUp) }
        if socket.isReset { ready.insert(.failed) }
        return ready
    }

    static func hasSomething(_ place: Place) -> Bool {
        place.socket.style.hasMessages
            ? !place.socket.firstPacket.isNone : !place.socket.queue.isEmpty
    }

    /// A write that is not long does not wait.
    private static func hasRoom(_ place: Place) -> Bool {
        let peer = place.socket.peer
        if peer.isNone { return true }
        return room(in: peer, for: place) >= ByteQueue.atomic
            && (!place.socket.style.hasMessages || peer.socket.packets < mostPackets)
    }

    /// Bytes that a socket may send to another now.
    static func room(in place: Place, for sender: Place) -> Int {
        place.socket.queue.room - sender.socket.reserve
    }

    /// What it leaves free in others' queues (SO_SNDBUF).
    var reserve: Int { ByteQueue.socketCapacity - Int(options.sendSize) }

    /// Tells of a change, with the lock.
    static func tell(_ place: Place, _ events: Readiness) {
        let source = place.socket.source
        if !source.isNone { Descriptors.tell(source, events) }
    }

    static func tellOfEnd(_ place: Place) {
        tell(place, [.readable, .writable, .readHungUp, .hungUp])
    }

    /// There is room in a socket's queue again, or it goes.
    static func wakeSenders(_ place: Place) {
        guard place.socket.hasSenders else { return }
        place.socket.hasSenders = false
        _ = StreamState.wake(.senders(place), .max)
    }

    /// When a wait with a time-out ends that begins now.
    static func deadline(_ limit: UInt64?) -> UInt64 {
        guard let limit else { return .max }
        let (end, isOver) = Tasks.now.addingReportingOverflow(limit)
        return isOver ? .max : end
    }

    // MARK: - The end

    /// Closes it, with the lock.
    ///
    /// - Returns: Descriptors that are to be closed without it, the first of a list.
    static func close(_ place: Place) -> Place {
        var descriptors = Place.none
        while true {
            let waiting = place.socket.firstWaiting
            if waiting.isNone { break }
            place.socket.firstWaiting = waiting.socket.nextWaiting
            // Nobody has accepted it: that is a reset in any case.
            if !waiting.socket.peer.isNone { waiting.socket.peer.socket.isReset = true }
            end(waiting, &descriptors)
        }
        end(place, &descriptors)
        return descriptors
    }

    private static func end(_ place: Place, _ descriptors: inout Place) {
        unbind(place)
        let peer = place.socket.peer
        if !peer.isNone && place.socket.style.isConnected {
            leave(peer)
            peer.socket.leftName = place.socket.name
            if !place.socket.name.isNone { place.socket.name.localName.references += 1 }
            peer.socket.isReadShut = true
            peer.socket.isWriteShut = true
            if !place.socket.queue.isEmpty { peer.socket.isReset = true }
            tellOfEnd(peer)
        }
        if place.socket.style == .datagram {
            disconnect(place)
            while true {
                let sender = place.socket.firstSender
                if sender.isNone { break }
                place.socket.firstSender = sender.socket.nextSender
                leave(sender)
                tell(sender, .writable)
            }
        }
        wakeSenders(place)
        dropAll(place, &descriptors)
        place.socket.queue.give()
        release(name: place.socket.name)
        release(name: place.socket.leftName)
        StreamState.shared.sockets.give(place)
    }

    /// The other end goes.
    private static func leave(_ place: Place) {
        place.socket.state = .left
        place.socket.peer = .none
        place.socket.nextSender = .none
        place.socket.previousSender = .none
    }

    /// Takes away everything that was sent to it.
    static func dropAll(_ place: Place, _ descriptors: inout Place) {
        while !place.socket.firstPacket.isNone {
            let packet = takePacket(place)
            PassedDescriptor.append(packet.descriptors, to: &descriptors)
            release(name: packet.sender)
        }
        place.socket.queue.drop(place.socket.queue.count)
    }

    // MARK: - For descriptors

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.socket,
                read: { word, transfer in
                    LocalSocket.read(Place(Int(word)), &Transfer[transfer])
                },
                write: { word, transfer in
                    LocalSocket.write(Place(Int(word)), &Transfer[transfer])
                },
                close: { LocalSocket.close(Place(Int($0))).index },
                closed: { PassedDescriptor.closeAll(Place(Int(Int64(bitPattern: $0)))) },
                writesAll: true,
                readiness: { LocalSocket.readiness(Place(Int($0))).rawValue },
                control: { LocalSocket.control(Place(Int($0)), $1, $2) },
                socket: SocketOperations(
                    bind: { LocalSocket.bind(Place(Int($0)), SocketAddress[$1]) },
                    listen: { LocalSocket.listen(Place(Int($0)), $1) },
                    accept: { LocalSocket.accept(Place(Int($0)), &AcceptRequest[$1]) },
                    connect: {
                        LocalSocket.connect(
                            Place(Int($0)), SocketAddress[$1], isNonBlocking: $2)
                    },
                    name: {
                        LocalSocket.name(
                            Place(Int($0)), &SocketAddress[$1], isPeer: $2)
                    },
                    shut: { LocalSocket.shut(Place(Int($0)), reading: $1, writing: $2) },
                    setOption: {
                        LocalSocket.setOption(Place(Int($0)), SocketOption[$1])
                    },
                    option: {
                        LocalSocket.option(Place(Int($0)), &SocketOption[$1])
                    },
                    resolve: {
                        LocalSocket.resolve(Place(Int($0)), &SocketAddress[$1])
                    }))
        }
    }

    private static func control(_ place: Place, _ request: UInt32, _ argument: UInt64) -> Int {
        guard request == ControlRequest.bytesToRead else {
            return Errno.inappropriateIOControl.result
        }
        let socket = place.socket
        if socket.state == .listening { return Errno.invalidArgument.result }
        let count =
            socket.style.isConnected
            ? socket.queue.count
            : socket.firstPacket.isNone ? 0 : socket.firstPacket.packet.count
        return ControlRequest.store(count, at: argument)
    }
}

extension Place {
    /// The socket at a place in the table of sockets, with the lock.
    var socket: LocalSocket {
        @inline(__always) get { StreamState.shared.sockets[self] }
        @inline(__always) nonmutating _modify {
            yield &StreamState.shared.sockets[self]
        }
    }
}
