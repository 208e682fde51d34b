import CMachine
import KernelDescriptors
import KernelDevices
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVsock
import Synchronization

/// The sockets of AF_VSOCK, and the device that leads to the host, if there is one. One lock guards
/// all of it.
@safe struct VirtualSocketState: ~Copyable {
    var table: VsockTable
    /// The owner's parts, by the same places.
    var records: SlotStorage<VirtualSocketRecord>
    var devicePlace: UnsafeMutablePointer<VirtualSocketDevice>? = nil
    /// Sockets that there have ever been.
    var made: UInt64 = 0

    /// The root, once there is a socket. Its place is never moved.
    nonisolated(unsafe) private static var root: UnsafeMutablePointer<VirtualSocketState>? = nil
    static var shared: VirtualSocketState {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(root.unsafelyUnwrapped) }
        @inline(__always) unsafeMutableAddress { unsafe root.unsafelyUnwrapped }
    }
    static let lock = CoreLock(.virtualSockets)
    private static let isReady = Atomic<Bool>(false)

    /// Sockets at most.
    private static let most = 1 << 16

    /// Makes it, unless it is there. No lock may be held.
    ///
    /// - Throws: `ENOMEM`; `EAGAIN` where there is no randomness; as `Descriptors.start`.
    static func start() throws(Errno) {
        if !isReady.load(ordering: .acquiring) { try startAlone() }
    }

    @inline(never)
    private static func startAlone() throws(Errno) {
        try Descriptors.start()
        try Tasks.prepareToWait()
        var seed: UInt32 = 0
        guard unsafe withUnsafeMutableBytes(of: &seed, { unsafe EntropyDevice.fill($0) }) else {
            throw .resourceTemporarilyUnavailable
        }
        guard let block = unsafe kernelHeapAllocate(MemoryLayout<VirtualSocketState>.size, 64) else {
            throw .noMemory
        }
        let state = unsafe block.assumingMemoryBound(to: VirtualSocketState.self)
        unsafe state.initialize(to: VirtualSocketState(seed: seed))
        let flags = enter()
        let isFirst = unsafe root == nil
        if isFirst { unsafe root = state }
        lock.unlock()
        machine_restore_interrupts(flags)
        guard isFirst else {
            unsafe kernelHeapDeallocate(block)
            return waitUntilReady()
        }
        VirtualSocketTimer.start()
        VirtualSocketDevice.find()
        isReady.store(true, ordering: .releasing)
        let last = enter()
        _ = Tasks.wake(isMade, count: .max)
        lock.unlock()
        machine_restore_interrupts(last)
        Tasks.settle()
    }

    /// What is waited for until all is there.
    private static var isMade: WaitKey { WaitKey(.socket, 3) }

    /// Another task makes it.
    private static func waitUntilReady() {
        let flags = enter()
        while !isReady.load(ordering: .acquiring) {
            Tasks.waitForDevice(isMade, until: .max, giving: lock)
            lock.lock()
        }
        lock.unlock()
        machine_restore_interrupts(flags)
    }

    private init(seed: UInt32) {
        table = unsafe VsockTable(
            SlotTable(
                SlotStorage(
                    UnsafeMutablePointer(bitPattern: UInt(Layout.virtualSockets)).unsafelyUnwrapped, count: 0)),
            seed: seed)
        records = unsafe SlotStorage(
            UnsafeMutablePointer(bitPattern: UInt(Layout.virtualSockets + Layout.socketTableStride))
                .unsafelyUnwrapped, count: 0)
    }

    // MARK: - Places

    /// Sees to it that a socket can be made, with the lock.
    ///
    /// - Throws: `ENFILE`; `ENOBUFS`.
    mutating func prepare() throws(Errno) {
        if table.sockets.hasPlace { return }
        let (old, new) = (table.sockets.capacity, table.sockets.capacity + 16)
        guard new <= Self.most else { throw .tooManyOpenFilesInSystem }
        guard Self.fill(Layout.virtualSockets, MemoryLayout<VsockSocket>.stride, from: old, to: new),
            Self.fill(
                Layout.virtualSockets + Layout.socketTableStride, MemoryLayout<VirtualSocketRecord>.stride,
                from: old, to: new)
        else { throw .noBufferSpace }
        records.grow(to: new, filler: VirtualSocketRecord())
        table.sockets.grow(to: new)
    }

    /// Sees to it that there is memory for records of a table.
    private static func fill(_ base: UInt64, _ stride: Int, from old: Int, to new: Int) -> Bool {
        unsafe Kernel.root.pointee.memory.withLock { memory in
            var page = (base + UInt64(old * stride)) & ~4095
            while page < base + UInt64(new * stride) {
                if memory.space.tables.lookUp(page) == nil, !memory.space.fill(page, reserved: false) {
                    return false
                }
                page += 4096
            }
            return true
        }
    }

    // MARK: - The lock

    /// Takes the lock.
    ///
    /// - Returns: What to give `leave`.
    @inline(__always)
    static func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        lock.lock()
        return flags
    }

    /// Hands on what is to be sent, gives the lock back, and tells all that is new to whoever waits
    /// or observes.
    ///
    /// - Parameter isInterrupt: Nobody is switched to; that is done behind it.
    static func leave(_ flags: UInt64, isInterrupt: Bool = false) {
        var hasWoken = false
        while true {
            var news = FixedList<8, News>(filler: News(place: .none, events: []))
            var problem: StaticString? = nil
            shared.work(&problem)
            while !news.isFull, let place = shared.table.takeChanged() {
                if shared.wake(place) { hasWoken = true }
                let events = shared.changes(of: place)
                if !events.isEmpty { _ = news.append(News(place: place, events: events)) }
            }
            let isDone = !shared.table.hasChanged
            VirtualSocketTimer.arm(at: shared.table.nextDeadline)
            lock.unlock()
            machine_restore_interrupts(flags)
            for index in 0..<news.count {
                let place = news[index].place
                Descriptors.tell(news[index].events, settles: !isInterrupt) { shared.records[place.index].source }
            }
            if let problem { KernelServices.log(.warning, problem) }
            if isDone { break }
            _ = enter()
        }
        if hasWoken, !isInterrupt { Tasks.settle() }
    }

    private struct News: BitwiseCopyable {
        let place: Place
        let events: Readiness
    }

    /// What a socket is ready for that it was not, for who observes it.
    private mutating func changes(of place: Place) -> Readiness {
        let hasArrived = table.takeArrival(place)
        guard records[place.index].isObserved else { return [] }
        let ready = table.readiness(place)
        var events = ready.subtracting(records[place.index].ready)
        if hasArrived { events.formUnion(ready.intersection(.readable)) }
        records[place.index].ready = ready
        return events
    }

    /// Wakes who waits for a change of a socket; whether there was somebody.
    private func wake(_ place: Place) -> Bool {
        var woken = 0
        if records[place.index].readers > 0 { woken = Tasks.wake(VirtualSocket(place).key(.read), count: .max) }
        if records[place.index].writers > 0 { woken += Tasks.wake(VirtualSocket(place).key(.write), count: .max) }
        return woken > 0
    }

    // MARK: - Packets

    /// Hands on all packets without bytes that can be, and takes what has come by the device.
    ///
    /// - Parameter problem: What the log is to be told.
    mutating func work(_ problem: inout StaticString?) {
        workLocally()
        workWithDevice(&problem)
        workLocally()
    }

    /// Packets of this machine to itself.
    mutating func workLocally() {
        while let header = table.nextPacket(isLocal: true) {
            // Without memory for a connection it is refused.
            if header.operation == .request { try? prepare() }
            _ = table.receive(header, isLocal: true)
        }
    }
}
