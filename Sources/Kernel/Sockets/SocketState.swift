import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelMemory
import KernelNetwork
import KernelScheduling
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire
import Synchronization

/// What sockets share: which there are, and by what they are found. `SocketState.lock`
/// guards it, but for the wheel.
struct SocketState: ~Copyable {
    var table: SocketTable
    let key: SipKey
    let sequence: TCP.InitialSequence
    /// Places that there is memory for, and the first of those that are free.
    var capacity: UInt32 = 0
    var firstFree = SocketHandle.none
    /// Of `PortSelection`.
    var portCounter: UInt16 = 0
    var ports: PortGenerator
    /// Connections in TIME-WAIT that nobody has open, the oldest first.
    var firstInTimeWait = SocketHandle.none
    var lastInTimeWait = SocketHandle.none
    var inTimeWait = 0
    var counters = SocketCounters()
    /// Sockets that there have ever been.
    var made: UInt64 = 0
    /// Groups that are joined on the loopback; `nil` as long as nobody has.
    var loopbackGroups: Memberships? = nil
    /// Timers of all sockets, by their places; `SocketTimers.lock` guards it.
    var wheel: TimerWheel

    /// The root, once there is a socket. Its place is never moved.
    nonisolated(unsafe) static var shared: UnsafeMutablePointer<SocketState>! = nil
    static let lock = CoreLock(.socketTable)

    /// Sockets at most: Linux's for a machine with 1 GiB; for each of a descriptor's
    /// numbers there may be some more that are closed and not done yet.
    static let most: UInt32 = 1 << 18
    /// Connections that wait in TIME-WAIT at most; then the oldest goes. They keep their
    /// memory and the port, of which there are 28,000 for one other end.
    static let mostInTimeWait = 4096

    /// Makes it, unless it is there. No lock may be held.
    ///
    /// - Throws: `ENOMEM`; `EAGAIN` where there is no randomness; as `Descriptors.start`.
    static func start() throws(Errno) {
        if !isReady.load(ordering: .acquiring) { try startAlone() }
    }

    private static let isReady = Atomic<Bool>(false)

    /// A secret of this boot's.
    static var secret: SipKey { unsafe shared.pointee.key }

    @inline(never)
    private static func startAlone() throws(Errno) {
        try Descriptors.start()
        var words = InlineArray<6, UInt64>(repeating: 0)
        guard unsafe withUnsafeMutableBytes(of: &words, { unsafe EntropyDevice.fill($0) }) else {
            throw .resourceTemporarilyUnavailable
        }
        guard HostCounts.start() else { throw .noMemory }
        let size = (MemoryLayout<SocketState>.size + 63) & ~63
        guard let block = unsafe kernelHeapAllocate(size + TimerWheel.listCount * 4, 64) else {
            throw .noMemory
        }
        let lists = unsafe block.advanced(by: size).assumingMemoryBound(to: UInt32.self)
        let key = SipKey(low: words[0], high: words[1])
        let state = unsafe block.assumingMemoryBound(to: SocketState.self)
        unsafe state.initialize(
            to: SocketState(
                table: SocketTable(key: key), key: key,
                sequence: TCP.InitialSequence(key: SipKey(low: words[2], high: words[3])),
                ports: PortGenerator(SipKey(low: words[4], high: words[5])),
                wheel: SocketTimers.makeWheel(lists)))
        let flags = enter()
        let isFirst = unsafe shared == nil
        if isFirst { unsafe shared = state }
        leave(flags)
        guard isFirst else {
            unsafe state.deinitialize(count: 1)
            unsafe kernelHeapDeallocate(block)
            return waitUntilReady()
        }
        SocketTimers.start()
        NetworkReport.startSockets()
        // Without memory for them there is the loopback alone.
        InterfaceState.start(key)
        let last = enter()
        isReady.store(true, ordering: .releasing)
        _ = Tasks.wake(made, count: .max)
        leave(last)
        Tasks.settle()
    }

    /// What is waited for until all is there.
    private static var made: WaitKey { WaitKey(.socket, 2) }

    /// Another task makes it.
    private static func waitUntilReady() {
        let flags = enter()
        while !isReady.load(ordering: .acquiring) {
            Tasks.waitForDevice(made, until: .max, giving: lock)
            lock.lock()
        }
        leave(flags)
    }

    static func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        lock.lock()
        return flags
    }

    static func leave(_ flags: UInt64) {
        lock.unlock()
        machine_restore_interrupts(flags)
    }

    /// Runs `body` with the state, under the lock.
    @inline(__always)
    static func locked<Value>(
        _ body: (inout SocketState) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let flags = enter()
        defer { leave(flags) }
        return try unsafe body(&shared.pointee)
    }

    /// The same of what does not fail.
    @inline(__always)
    static func locked<Value>(_ body: (inout SocketState) -> Value) -> Value {
        let flags = enter()
        defer { leave(flags) }
        return unsafe body(&shared.pointee)
    }

    // MARK: - Places

    /// A free place; nobody else knows it.
    ///
    /// - Throws: `ENOBUFS`, `ENFILE`.
    static func take() throws(Errno) -> SocketHandle {
        try locked { state throws(Errno) in
            if state.firstFree.isNone { try state.grow() }
            let handle = state.firstFree
            state.firstFree = handle.it.nextWork
            handle.it.nextWork = .none
            state.made &+= 1
            handle.it.inode = state.made
            return handle
        }
    }

    /// Gives a place back, whose lock is held.
    @inline(never)
    static func give(_ handle: SocketHandle) {
        handle.it = InternetSocket()
        locked { state in
            handle.it.nextWork = state.firstFree
            state.firstFree = handle
        }
    }

    private mutating func grow() throws(Errno) {
        let number: UInt32 = 8
        guard capacity + number <= Self.most else { throw .tooManyOpenFilesInSystem }
        let new = UInt64(capacity + number)
        let isThere =
            Self.fill(Layout.sockets, from: UInt64(capacity) * SocketHandle.stride, to: new * SocketHandle.stride)
            && SocketTimers.grow(from: Int(capacity), to: Int(new))
        guard isThere else { throw .noBufferSpace }
        for index in (capacity..<capacity + number).reversed() {
            let handle = SocketHandle(number: index)
            handle.initialize()
            handle.it.nextWork = firstFree
            firstFree = handle
        }
        capacity += number
    }

    /// Sees to it that there is memory for a part of a table; what is there, stays.
    static func fill(_ base: UInt64, from start: UInt64, to end: UInt64) -> Bool {
        unsafe Kernel.root.pointee.memory.withLock { memory in
            var page = (base + start) & ~4095
            while page < base + end {
                if memory.space.tables.lookUp(page) == nil, !memory.space.fill(page, reserved: false) {
                    return false
                }
                page += 4096
            }
            return true
        }
    }
}

/// Numbers by which ports of datagrams are chosen, which nobody can guess.
struct PortGenerator: RandomNumberGenerator {
    private let key: SipKey
    private var counter: UInt64 = 0

    init(_ key: SipKey) { self.key = key }

    mutating func next() -> UInt64 {
        counter &+= 1
        var hash = SipHash(key: key)
        hash.combine(counter)
        return hash.finish()
    }
}

/// How often limits were reached, and what else happens so seldom that it is counted with the lock.
struct SocketCounters {
    /// Connections that left TIME-WAIT early.
    var shortenedTimeWaits: UInt64 = 0
    /// Connections that were ended as there was no memory for what had come.
    var lackingMemory: UInt64 = 0
    /// Messages of this host to itself.
    var icmp = ICMPCounters()
    var icmp6 = ICMPCounters()

    /// A message goes to this host itself.
    mutating func countLocal(_ type: UInt8, isV6: Bool) {
        if isV6 { icmp6.countLocal(type) } else { icmp.countLocal(type) }
    }
}

extension ICMPCounters {
    fileprivate mutating func countLocal(_ type: UInt8) {
        countOut(type)
        inMessages &+= 1
        countIn(type)
    }
}
