import CMachine
import KernelMachine
import KernelMemory
import KernelNetwork
import KernelSupport
import KernelTasks

/// The sockets' timers: one wheel, whose next deadline one core's timer serves, that of
/// the core on which it was set last.
///
/// A socket's timer that is put off stays as it is armed: when it expires, the socket
/// looks at what its connection's deadline is then. So a connection on which something
/// goes to and fro does not come here.
enum SocketTimers {
    static let lock = CoreLock(.socketTimers)
    /// The core that serves the wheel, and when it is to be interrupted.
    nonisolated(unsafe) private static var core = 0
    nonisolated(unsafe) private static var next = UInt64.max
    /// When interfaces have something to do.
    nonisolated(unsafe) private static var interfaces = UInt64.max

    /// Sockets that one interrupt serves; then others have their turn.
    private static let atOnce = 32
    /// Nanoseconds until the rest is served.
    private static let pause: UInt64 = 20_000

    private static var base: UInt64 { Layout.sockets + Layout.socketTableStride }

    /// - Parameter lists: Memory for the wheel's lists.
    static func makeWheel(_ lists: UnsafeMutablePointer<UInt32>) -> TimerWheel {
        TimerWheel(
            unsafe SlotStorage(
                UnsafeMutablePointer(bitPattern: UInt(base)).unsafelyUnwrapped, count: 0),
            lists: unsafe SlotStorage(lists, count: 0), now: Instant(nanoseconds: Tasks.now))
    }

    /// Serves the wheel from now on.
    static func start() { Tasks.setSocketTimer({ SocketTimers.interrupted($0, at: $1) }) }

    /// Makes room for more timers, with the table's lock.
    static func grow(from old: Int, to new: Int) -> Bool {
        let stride = UInt64(MemoryLayout<TimerRecord>.stride)
        guard SocketState.fill(base, from: UInt64(old) * stride, to: UInt64(new) * stride) else {
            return false
        }
        lock.lock()
        unsafe SocketState.shared.pointee.wheel.grow(to: new)
        lock.unlock()
        return true
    }

    /// The socket's timer expires then at the latest; with the socket's lock.
    static func arm(_ socket: SocketHandle, at deadline: Instant) {
        guard deadline < socket.it.armed else { return }
        socket.it.armed = deadline
        lock.lock()
        unsafe SocketState.shared.pointee.wheel.arm(TimerIndex(socket.number), at: deadline)
        let wake = unsafe SocketState.shared.pointee.wheel.nextWake?.nanoseconds ?? .max
        if unsafe wake < next {
            unsafe next = wake
            unsafe core = Int(truncatingIfNeeded: machine_core_identifier())
            Tasks.interrupt(at: wake)
        }
        lock.unlock()
    }

    /// `InterfaceState.timerExpired` is called then at the latest; the lock of interfaces may
    /// be held.
    static func armInterfaces(at deadline: Instant) {
        let flags = machine_disable_interrupts()
        lock.lock()
        unsafe interfaces = min(interfaces, deadline.nanoseconds)
        if unsafe deadline.nanoseconds < next {
            unsafe next = deadline.nanoseconds
            unsafe core = Int(truncatingIfNeeded: machine_core_identifier())
            Tasks.interrupt(at: deadline.nanoseconds)
        }
        lock.unlock()
        machine_restore_interrupts(flags)
    }

    /// A core's timer has interrupted it, and no lock is held.
    ///
    /// - Returns: When it has to again; `.max`: not for this.
    private static func interrupted(_ core: Int, at now: UInt64) -> UInt64 {
        guard unsafe core == self.core, unsafe next <= now else {
            return unsafe core == self.core ? next : .max
        }
        var work = NetworkWork(isInterrupt: true)
        var served = 0
        var isDone = false
        while !isDone, served < atOnce {
            served += 1
            lock.lock()
            let step = unsafe SocketState.shared.pointee.wheel.step(at: work.now)
            lock.unlock()
            switch step {
            case .expired(let timer): SocketHandle(number: timer.number).expire(&work)
            case .unfinished: break
            case .done: isDone = true
            }
        }
        work.run()
        lock.lock()
        let isForInterfaces = unsafe interfaces <= now
        if isForInterfaces { unsafe interfaces = .max }
        lock.unlock()
        if isForInterfaces { InterfaceState.timerExpired(at: work.now) }
        lock.lock()
        defer { lock.unlock() }
        let wake = unsafe min(SocketState.shared.pointee.wheel.nextWake?.nanoseconds ?? .max, interfaces)
        unsafe self.core = core
        unsafe next = isDone ? wake : min(wake, Tasks.now + pause)
        return unsafe next
    }
}
