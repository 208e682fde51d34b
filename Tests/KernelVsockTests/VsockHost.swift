import KernelDescriptors
import KernelSupport

@testable import KernelVsock

/// A machine: the table and its owner's part, the bytes of each connection.
final class VsockHost {
    struct Packet {
        var header: VsockHeader
        var bytes: [UInt8] = []
    }

    private let memory: UnsafeMutablePointer<VsockSocket>
    private let capacity: Int
    var table: VsockTable
    /// What has come and was not read, by the sockets' places.
    var bytes: [Int: [UInt8]] = [:]
    /// What the device is given, and how many packets it has room for.
    var sent: [Packet] = []
    var room = Int.max
    var now: UInt64 = 0

    init(context: UInt32?, capacity: Int = 64, seed: UInt32 = 0) {
        self.capacity = capacity
        memory = .allocate(capacity: capacity)
        table = VsockTable(SlotTable(SlotStorage(memory, count: 0)), seed: seed)
        table.sockets.grow(to: capacity)
        table.setContext(context)
    }

    deinit { memory.deallocate() }

    func socket(_ place: Place) -> VsockSocket { table.sockets[place] }

    func make() -> Place {
        let place = table.make()
        bytes[place.index] = []
        return place
    }

    func listen(port: UInt32, context: UInt32 = VsockAddress.anyContext, backlog: Int32 = 8) throws -> Place {
        let place = make()
        try table.bind(place, to: VsockAddress(context: context, port: port))
        try table.listen(place, backlog: backlog)
        return place
    }

    func listen(_ place: Place) throws { try table.listen(place, backlog: 1) }

    /// Begins to connect.
    func connect(context: UInt32, port: UInt32) throws -> Place {
        let place = make()
        _ = try table.connect(place, to: VsockAddress(context: context, port: port), isNonBlocking: true, now: now)
        flush()
        return place
    }

    /// The same of a socket that there is.
    func connect(_ place: Place, context: UInt32, port: UInt32) throws {
        _ = try table.connect(place, to: VsockAddress(context: context, port: port), isNonBlocking: true, now: now)
        flush()
    }

    func bind(_ place: Place, context: UInt32 = VsockAddress.anyContext, port: UInt32) throws {
        try table.bind(place, to: VsockAddress(context: context, port: port))
    }

    func takeSent() -> Packet? { sent.popLast() }
    func readiness(_ place: Place) -> Readiness { table.readiness(place) }
    func takeError(_ place: Place) -> Errno? { table.takeError(place) }
    var used: Int { table.sockets.used }

    func accept(_ listener: Place) -> Place? {
        guard let child = table.accept(listener) else { return nil }
        if bytes[child.index] == nil { bytes[child.index] = [] }
        return child
    }

    /// What its device takes, and what it sends itself.
    func flush() {
        while true {
            if let header = table.nextPacket(isLocal: true) {
                deliver(Packet(header: header), isLocal: true)
            } else if sent.count < room, let header = table.nextPacket(isLocal: false) {
                sent.append(Packet(header: header))
            } else {
                return
            }
        }
    }

    func deliver(_ packet: Packet, isLocal: Bool = false) {
        if let place = table.receive(packet.header, isLocal: isLocal) {
            bytes[place.index, default: []] += packet.bytes
        }
    }

    /// Writes as many bytes as there is room for now, at most 64 KiB; how many.
    func write(_ place: Place, _ data: ArraySlice<UInt8>) throws -> Int {
        flush()
        let isLocal = socket(place).marks.contains(.isLocal)
        let count = min(try table.room(place), data.count, 65_536)
        if count == 0 {
            table.wantRoom(place)
            flush()
            return 0
        }
        guard isLocal || sent.count < room else {
            table.awaitRoom(place)
            return 0
        }
        let header = table.sendData(place, count: count)
        let packet = Packet(header: header, bytes: Array(data.prefix(count)))
        if isLocal { deliver(packet, isLocal: true) } else { sent.append(packet) }
        flush()
        return count
    }

    /// Reads; `nil`: it would wait; empty: the end.
    func read(_ place: Place, most: Int = .max) throws -> [UInt8]? {
        let (count, isEnd) = try table.canRead(place)
        let taken = min(count, most)
        if taken == 0 { return isEnd ? [] : nil }
        let data = Array(bytes[place.index]!.prefix(taken))
        bytes[place.index]!.removeFirst(taken)
        table.consume(place, taken)
        flush()
        return data
    }

    func close(_ place: Place) {
        table.close(place, now: now)
        bytes[place.index] = []
        flush()
    }

    func shut(_ place: Place, reading: Bool = false, writing: Bool = false) throws {
        try table.shut(place, reading: reading, writing: writing)
        flush()
    }

    func expire(after time: UInt64) {
        now += time
        table.expire(at: now)
        flush()
    }

    /// Goes through all news, as the owner does; those that have changed.
    @discardableResult
    func takeNews() -> Set<Int> {
        var places: Set<Int> = []
        while let place = table.takeChanged() { places.insert(place.index) }
        return places
    }
}

/// A guest of context 3 and the host of it, context 2.
final class VsockPair {
    let guest: VsockHost
    let host: VsockHost

    init(seed: UInt32 = 0) {
        guest = VsockHost(context: 3, seed: seed)
        host = VsockHost(context: 2, seed: seed &+ 1)
    }

    /// Hands over everything, until nothing is on its way.
    func settle() {
        while !guest.sent.isEmpty || !host.sent.isEmpty {
            if !guest.sent.isEmpty { host.deliver(guest.sent.removeFirst()) }
            if !host.sent.isEmpty { guest.deliver(host.sent.removeFirst()) }
            guest.flush()
            host.flush()
        }
    }

    /// A connection from the guest to the host.
    func connection(port: UInt32 = 5000) throws -> (guest: Place, host: Place, listener: Place) {
        let listener = try host.listen(port: port)
        let client = try guest.connect(context: 2, port: port)
        settle()
        return (client, host.accept(listener)!, listener)
    }
}
