import KernelDescriptors
import KernelSupport

/// The sockets of AF_VSOCK of a machine: their states, by which ports and ends they are found, and
/// what they have to send (virtio 1.2, 5.10.6). It behaves as Linux's do (vsock(7)).
///
/// It knows no device, no clock and no bytes: packets come by `receive` and are asked for by
/// `nextPacket`; the owner keeps the bytes of each connection. Packets of this machine to itself
/// go the same way.
///
/// Not for several cores at once: the owner has a lock.
public struct VsockTable: ~Copyable {
    public var sockets: SlotTable<VsockSocket>
    /// The machine's own context; `nil`: there is no device.
    public private(set) var context: UInt32? = nil

    /// Sockets with a port, and connections, by their hashes: the first of each list.
    private var bound = InlineArray<128, Place>(repeating: .none)
    private var entered = InlineArray<128, Place>(repeating: .none)
    /// The port that is tried next.
    private var nextPort: UInt32
    private var boundCount = 0

    /// What is to be sent: to this machine itself, and by the device.
    var toSelf = VsockOutbox()
    var toDevice = VsockOutbox()
    /// Sockets with news for the owner; with a deadline.
    var firstChanged = Place.none
    var firstTimed = Place.none
    /// No deadline is before this moment.
    public internal(set) var nextDeadline = UInt64.max
    public internal(set) var counters = VsockCounters()

    /// - Parameters:
    ///   - sockets: A table, as yet without memory.
    ///   - seed: At random: where ports begin.
    public init(_ sockets: consuming SlotTable<VsockSocket>, seed: UInt32) {
        self.sockets = sockets
        nextPort = VsockAddress.lastReservedPort + 1 + seed % 0x7FFF_0000
    }

    // MARK: - Sockets

    /// Makes a socket.
    ///
    /// - Precondition: `sockets.hasPlace`.
    public mutating func make() -> Place {
        var socket = VsockSocket()
        socket.phase = .idle
        return sockets.take(socket)
    }

    /// Gives a socket's place back.
    mutating func release(_ place: Place) {
        unbind(place)
        leave(place)
        setDeadline(place, .max)
        // In the two other lists it stays, as nobody's, until they are gone through.
        sockets[place].due = []
        sockets[place].phase = .free
        giveIfUnlisted(place)
    }

    /// Gives a place back that is nobody's, when no list has it any more.
    mutating func giveIfUnlisted(_ place: Place) {
        guard sockets[place].phase == .free, sockets[place].marks.isDisjoint(with: [.isQueued, .isChanged]) else { return }
        sockets.give(place)
        released += 1
    }
    /// Places that were given back.
    public private(set) var released = 0

    // MARK: - The device

    /// The device is there, with the machine's context; or it has another one now, and has
    /// forgotten all connections (5.10.6.7); or it is gone.
    public mutating func setContext(_ context: UInt32?) {
        self.context = context
        for index in 0..<sockets.capacity {
            let place = Place(index)
            let socket = sockets[place]
            guard !socket.marks.contains(.isLocal), socket.phase == .connected || socket.phase == .connecting
            else { continue }
            counters.lost &+= 1
            if socket.marks.contains(.isOrphan) {
                release(place)
                continue
            }
            leave(place)
            setDeadline(place, .max)
            sockets[place].due = []
            sockets[place].error = .connectionReset
            sockets[place].phase = socket.phase == .connected ? .lost : .idle
            change(place)
        }
    }

    /// Whether an address's context is this machine: no device is needed.
    public func isOwn(_ context: UInt32) -> Bool {
        context == VsockAddress.localContext || self.context == context
    }

    // MARK: - Ports

    private static func bucket(_ port: UInt32) -> Int { Int((port &* 0x9E37_79B1) >> 25) }

    private static func bucket(_ port: UInt32, _ remote: VsockAddress) -> Int {
        bucket(port &+ remote.port &* 31 &+ remote.context &* 131)
    }

    /// Gives a socket its address.
    ///
    /// - Throws: `EINVAL`: it has one; `EADDRNOTAVAIL`: the machine does not have the context;
    ///   `EADDRINUSE`.
    public mutating func bind(_ place: Place, to wanted: VsockAddress) throws(Errno) {
        guard !sockets[place].marks.contains(.isBound) else { throw .invalidArgument }
        guard wanted.context == VsockAddress.anyContext || isOwn(wanted.context) else {
            throw .addressNotAvailable
        }
        var address = wanted
        if wanted.port == VsockAddress.anyPort {
            // One of so many is free.
            var left = boundCount + 1
            repeat {
                address.port = nextPort
                nextPort = nextPort >= VsockAddress.anyPort - 1 ? VsockAddress.lastReservedPort + 1 : nextPort + 1
                left -= 1
            } while isTaken(address) && left > 0
        }
        guard !isTaken(address) else { throw .addressInUse }
        let bucket = Self.bucket(address.port)
        sockets[place].local = address
        sockets[place].marks.insert(.isBound)
        sockets[place].nextBound = bound[bucket]
        bound[bucket] = place
        boundCount += 1
    }

    private func isTaken(_ address: VsockAddress) -> Bool {
        var place = bound[Self.bucket(address.port)]
        while !place.isNone {
            let other = sockets[place].local
            if other.port == address.port, Self.agree(other.context, address.context) { return true }
            place = sockets[place].nextBound
        }
        return false
    }

    private static func agree(_ one: UInt32, _ other: UInt32) -> Bool {
        one == other || one == VsockAddress.anyContext || other == VsockAddress.anyContext
    }

    private mutating func unbind(_ place: Place) {
        guard sockets[place].marks.contains(.isBound) else { return }
        sockets[place].marks.remove(.isBound)
        boundCount -= 1
        let bucket = Self.bucket(sockets[place].local.port)
        let next = sockets[place].nextBound
        if bound[bucket] == place {
            bound[bucket] = next
            return
        }
        var before = bound[bucket]
        while sockets[before].nextBound != place { before = sockets[before].nextBound }
        sockets[before].nextBound = next
    }

    /// Who listens at an address.
    func listener(at address: VsockAddress) -> Place? {
        var place = bound[Self.bucket(address.port)]
        while !place.isNone {
            let socket = sockets[place]
            if socket.phase == .listening, socket.local.port == address.port,
                Self.agree(socket.local.context, address.context)
            {
                return place
            }
            place = socket.nextBound
        }
        return nil
    }

    // MARK: - Connections

    /// The connection, or the attempt to make one, of two ends. On this machine itself ports are
    /// enough: all contexts are the same.
    func connection(_ port: UInt32, _ remote: VsockAddress, isLocal: Bool) -> Place? {
        let remote = Self.key(remote, isLocal: isLocal)
        var place = entered[Self.bucket(port, remote)]
        while !place.isNone {
            let socket = sockets[place]
            if socket.local.port == port, Self.key(socket.remote, isLocal: isLocal) == remote,
                socket.marks.contains(.isLocal) == isLocal
            {
                return place
            }
            place = socket.nextEntered
        }
        return nil
    }

    private static func key(_ remote: VsockAddress, isLocal: Bool) -> VsockAddress {
        isLocal ? VsockAddress(context: VsockAddress.localContext, port: remote.port) : remote
    }

    /// A connection can be found from now on.
    mutating func enter(_ place: Place) {
        let socket = sockets[place]
        let remote = Self.key(socket.remote, isLocal: socket.marks.contains(.isLocal))
        let bucket = Self.bucket(socket.local.port, remote)
        sockets[place].marks.insert(.isEntered)
        sockets[place].nextEntered = entered[bucket]
        entered[bucket] = place
    }

    /// It can't be found any more.
    mutating func leave(_ place: Place) {
        let socket = sockets[place]
        guard socket.marks.contains(.isEntered) else { return }
        sockets[place].marks.remove(.isEntered)
        let remote = Self.key(socket.remote, isLocal: socket.marks.contains(.isLocal))
        let bucket = Self.bucket(socket.local.port, remote)
        if entered[bucket] == place {
            entered[bucket] = socket.nextEntered
            return
        }
        var before = entered[bucket]
        while sockets[before].nextEntered != place { before = sockets[before].nextEntered }
        sockets[before].nextEntered = socket.nextEntered
    }

    // MARK: - News

    /// The owner is to look what a socket is ready for.
    mutating func change(_ place: Place) {
        guard !sockets[place].marks.contains(.isChanged) else { return }
        sockets[place].marks.insert(.isChanged)
        sockets[place].nextChanged = firstChanged
        firstChanged = place
    }

    /// A socket that has changed, each once; `nil`: there is none.
    public mutating func takeChanged() -> Place? {
        while !firstChanged.isNone {
            let place = firstChanged
            firstChanged = sockets[place].nextChanged
            sockets[place].marks.remove(.isChanged)
            if sockets[place].phase != .free { return place }
            giveIfUnlisted(place)
        }
        return nil
    }

    /// Whether something has come since the last question, of which edges are told anew.
    public mutating func takeArrival(_ place: Place) -> Bool {
        let hasArrived = sockets[place].marks.contains(.hasArrived)
        if hasArrived { sockets[place].marks.remove(.hasArrived) }
        return hasArrived
    }

    public var hasChanged: Bool { !firstChanged.isNone }
}

/// What has happened, and what was thrown away.
public struct VsockCounters: Sendable, BitwiseCopyable {
    /// Packets that were none: cut off, too long, of another machine's, or of another kind.
    public var malformed: UInt64 = 0
    /// Answers to packets of no connection for which there was no room.
    public var unanswered: UInt64 = 0
    /// Connections that were refused as there was no room, or no memory.
    public var refused: UInt64 = 0
    /// Connections that were reset as the other end broke the rules.
    public var violations: UInt64 = 0
    /// Connections that the device has forgotten.
    public var lost: UInt64 = 0
}

