import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelNetwork
import KernelNetworkCards
import KernelScheduling
import KernelSupport
import KernelTasks
import KernelVirtio
import KernelWire
import Synchronization

/// The host's interfaces, with what is theirs and not the stack's: cards, packets that
/// wait, fragments' bytes, the clients that configure them. `InterfaceState.lock` guards it.
struct InterfaceState: ~Copyable {
    var network: Network
    var cards = CardInterfaces()
    var waiting: WaitingFrames
    var fragments: FragmentMemory
    /// Where what the stack answers is written, and datagrams are put together.
    let answer: MemoryBlock
    let datagram: MemoryBlock
    var counters = Counters()
    /// What the boot line says, for the first card.
    let fixed: FixedConfiguration
    /// Cards' pairs of queues whose frames were not all taken, a bit for each.
    var polls = InlineArray<4, UInt64>(repeating: 0)
    /// When `work` is to be called; what the timers were told.
    var armed = Instant.never

    struct Counters {
        /// There was no memory for a packet that waits for its neighbour, or for fragments.
        var lackingMemory: UInt64 = 0
    }

    static let lock = CoreLock(.interfaces)
    /// Counts what may change a way: addresses, routes, neighbours. Who has the lock counts.
    static let generation = Atomic<UInt64>(1)
    static func waysMayChange() { generation.wrappingAdd(1, ordering: .releasing) }
    /// The root, once there is a socket. Its place is never moved.
    nonisolated(unsafe) private static var shared: UnsafeMutablePointer<InterfaceState>! = nil

    /// The longest frame that the stack writes itself, and the longest datagram.
    private static let answerSize = 2048
    private static let datagramSize = 65_536 + 128

    /// Looks for cards and configures them, once. No lock may be held. Without memory there is
    /// no network but the host itself.
    static func start(_ key: SipKey) {
        NetworkCards.start { InterfaceState.arrived($0, pair: $1) }
        guard NetworkCards.card(0) != nil, let answer = DriverMemory.block(answerSize),
            let datagram = DriverMemory.block(datagramSize), let waiting = WaitingFrames(),
            let fragments = FragmentMemory(), let block = unsafe kernelHeapAllocate(MemoryLayout<InterfaceState>.size, 64)
        else { return }
        let now = Instant(nanoseconds: Tasks.now)
        let state = unsafe block.assumingMemoryBound(to: InterfaceState.self)
        unsafe state.initialize(to: InterfaceState(Network(key: key, at: now), waiting, fragments, answer, datagram))
        let flags = enter()
        unsafe shared = state
        unsafe waitsUntil = now.nanoseconds + patience
        unsafe shared.pointee.addCards(at: now)
        unsafe shared.pointee.arm()
        leave(flags)
        for number in 0..<NetworkCards.most {
            guard let card = NetworkCards.card(number) else { break }
            for pair in 0..<card.pairCount where !card.interrupts || !card.pair(pair).rest() {
                pollSoon(number, pair: pair, at: now)
            }
        }
        IdlePolling.start()
        Tasks.beforeEnd { InterfaceState.drain() }
    }

    private init(
        _ network: Network, _ waiting: consuming WaitingFrames, _ fragments: consuming FragmentMemory,
        _ answer: MemoryBlock, _ datagram: MemoryBlock
    ) {
        self.network = network
        self.waiting = waiting
        self.fragments = fragments
        self.answer = answer
        self.datagram = datagram
        fixed = Self.readBootLine()
    }

    // MARK: - The lock

    private static func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        lock.lock()
        return flags
    }

    private static func leave(_ flags: UInt64) {
        lock.unlock()
        machine_restore_interrupts(flags)
    }

    /// There are interfaces beside the loopback.
    static var isThere: Bool { unsafe shared != nil }

    /// Runs `body` with the state, under the lock.
    ///
    /// - Precondition: `isThere`.
    @inline(__always)
    static func locked<Value>(_ body: (inout InterfaceState) throws(Errno) -> Value) throws(Errno) -> Value {
        let flags = enter()
        defer { leave(flags) }
        return try unsafe body(&shared.pointee)
    }

    /// The same of what does not fail.
    @inline(__always)
    static func locked<Value>(_ body: (inout InterfaceState) -> Value) -> Value {
        let flags = enter()
        defer { leave(flags) }
        return unsafe body(&shared.pointee)
    }

    // MARK: - Ways

    /// The way of a packet.
    ///
    /// - Throws: As `Network.way`.
    static func way(to destination: IPAddress, from source: IPAddress?) throws(Errno) -> Network.Way {
        guard isThere else { throw .networkUnreachable }
        let now = Instant(nanoseconds: Tasks.now)
        return try locked { state throws(Errno) in
            try state.network.way(to: destination, from: source, at: now)
        }
    }

    /// The same, where the packet has to leave by an interface.
    static func way(
        to destination: IPAddress, from source: IPAddress?, by interface: Int?
    ) throws(Errno) -> Network.Way {
        guard isThere else { throw .networkUnreachable }
        let now = Instant(nanoseconds: Tasks.now)
        return try locked { state throws(Errno) in
            var interface = interface
            // A group's packets leave by the first card where no route knows better (RFC 4291, 2.7: no
            // router needs to be there for those of a link).
            if interface == nil, destination.isV6, destination.isMulticast,
                state.network.routes.find(destination) == nil, state.network.interfaces.count > 1
            {
                interface = 1
            }
            return try state.network.way(to: destination, from: source, by: interface, at: now)
        }
    }

    /// The way of a datagram, whose source is known.
    static func way(of departure: Departure) throws(Errno) -> Network.Way {
        try way(
            to: departure.to.address, from: departure.from.address, by: departure.interface.interface)
    }

    /// The address by which an interface answers another one; `nil`: it has none.
    static func source(for destination: IPAddress, on interface: Int) -> IPAddress? {
        if interface == Network.loopback { return destination.isV6 ? .v6(.loopback) : .v4(.loopback) }
        return locked { $0.network.interfaces.span[interface].addresses.source(for: destination) }
    }

    /// Whether an address is this host's.
    static func isOwn(_ address: IPAddress) -> Bool {
        if address.isLoopback { return true }
        return isThere && locked { $0.network.owner(of: address) != nil }
    }

    /// How long an address of the host's own is waited for after `start`.
    private static let patience: UInt64 = 5_000_000_000
    nonisolated(unsafe) private static var waitsUntil: UInt64 = 0

    /// Waits until the host has an address by which it reaches others, if it is about to get
    /// one. No lock may be held.
    ///
    /// - Parameter interface: By which others are to be reached, if that is known.
    static func waitForAddress(to destination: IPAddress, by interface: Int? = nil) {
        guard isThere, !destination.isLoopback else { return }
        while unsafe Tasks.now < waitsUntil {
            let flags = enter()
            let now = Instant(nanoseconds: Tasks.now)
            let isThere = unsafe (try? shared.pointee.network.way(to: destination, by: interface, at: now)) != nil
            guard !isThere, unsafe shared.pointee.isConfiguring(for: destination) else { return leave(flags) }
            unsafe Tasks.waitForDevice(configured, until: waitsUntil, giving: lock)
            machine_restore_interrupts(flags)
        }
    }

    /// What is waited for until there is an address.
    private static var configured: WaitKey { WaitKey(.socket, 1) }

    /// An interface has another address or route; with the lock.
    static func tellConfigured() { _ = Tasks.wake(configured, count: .max) }

    // MARK: - Frames

    /// Has the stack write a frame, and sends it by the interface if there is one.
    ///
    /// - Returns: What `body` does.
    mutating func write<Value>(
        by interface: Int, _ body: (inout InterfaceState, inout PacketWriter) -> Value
    ) -> Value {
        let (memory, card) = (answer, card(of: interface))
        return memory.withMutableBytes(0..<memory.count) { span in
            var writer = PacketWriter(span._mutatingExtracting(0..<span.byteCount))
            let value = body(&self, &writer)
            if writer.count > 0, writer.isWhole, let card {
                let written = writer.written
                card.send(TransmitHeader(), count: written.byteCount) { room in
                    _ = room.copy(written, at: 0, count: UInt64(written.byteCount), to: 0)
                }
            }
            return value
        }
    }

    /// The card of an interface; `nil`: it is the loopback.
    func card(of interface: Int) -> NetworkCard? {
        guard interface > 0, interface <= cards.count else { return nil }
        return cards[interface - 1].card
    }
}
