import CMachine
import KernelDescriptors
import KernelMachine
import KernelNetwork
import KernelScheduling
import KernelStreams
import KernelSupport
import KernelTasks
import Synchronization

/// What a task has to do once it holds no lock: sockets whose segments are to be handed
/// on, and tasks that were woken.
struct NetworkWork: ~Copyable {
    /// Sockets with something to send, each once; none is forgotten.
    var first = SocketHandle.none
    var hasWoken = false
    /// A connection that is to leave TIME-WAIT, as there are too many.
    var tooOld = SocketHandle.none
    /// In an interrupt nobody is switched to; that is done behind it.
    let isInterrupt: Bool
    /// Segments are handed on: who was woken runs when that is done.
    var isRunning = false
    var now: Instant

    init(isInterrupt: Bool = false) {
        self.isInterrupt = isInterrupt
        now = Instant(nanoseconds: Tasks.now)
    }

    /// Lets those run that were woken; no lock is held.
    mutating func settle() {
        guard hasWoken else { return }
        hasWoken = false
        if !isInterrupt { Tasks.settle() }
    }
}

extension SocketHandle {
    enum Direction: UInt64 {
        case read = 0
        case write = 1
    }

    /// Takes the socket's lock; the core holds none of the network's.
    ///
    /// - Returns: What to give `leave`.
    @inline(__always)
    func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        record.lock.lock()
        return flags
    }

    /// Gives the lock back, and tells whoever observes what has become ready.
    @inline(__always)
    func leave(_ flags: UInt64, _ work: borrowing NetworkWork) {
        let ready = it.readiness
        let old = Readiness(rawValue: it.ready.load(ordering: .relaxed))
        let events = ready.subtracting(old).union(it.pulse.intersection(ready))
        it.pulse = []
        // Before it is asked whether somebody observes: who does sets that first.
        if ready != old { it.ready.store(ready.rawValue, ordering: .sequentiallyConsistent) }
        record.lock.unlock()
        machine_restore_interrupts(flags)
        if !events.isEmpty, it.isObserved.load(ordering: .sequentiallyConsistent) {
            Descriptors.tell(events, settles: !work.isInterrupt && !work.isRunning) { it.source }
        }
    }

    /// What it is ready for, with the descriptors' lock; from now on changes are told.
    var observedReadiness: UInt32 {
        if !it.isObserved.load(ordering: .relaxed) {
            it.isObserved.store(true, ordering: .sequentiallyConsistent)
        }
        return it.ready.load(ordering: .sequentiallyConsistent)
    }

    // MARK: - Waiting, with the lock

    private func key(_ direction: Direction) -> WaitKey {
        WaitKey(.socket, (UInt64(number) << 1 | direction.rawValue) << 2)
    }

    /// The running task waits; the lock is given back meanwhile.
    ///
    /// - Returns: `nil`: something has changed; else `ETIMEDOUT`, `EINTR`.
    func wait(_ direction: Direction, until deadline: UInt64, _ work: borrowing NetworkWork) -> Errno? {
        if direction == .read { it.readers += 1 } else { it.writers += 1 }
        let error = Tasks.wait(for: key(direction), until: deadline, giving: record.lock)
        record.lock.lock()
        if direction == .read { it.readers -= 1 } else { it.writers -= 1 }
        return error
    }

    /// Something to receive, or a connection to accept, has come: for one task.
    func wakeReader(_ work: inout NetworkWork) {
        if it.readers > 0, Tasks.wake(key(.read), count: 1) > 0 { work.hasWoken = true }
    }

    func wakeWriters(_ work: inout NetworkWork) {
        if it.writers > 0, Tasks.wake(key(.write), count: .max) > 0 { work.hasWoken = true }
    }

    /// What all that wait have to know.
    func wakeAll(_ work: inout NetworkWork) {
        if it.readers > 0, Tasks.wake(key(.read), count: .max) > 0 { work.hasWoken = true }
        wakeWriters(&work)
    }
}

/// When a wait with a time-out ends that begins now.
func deadline(_ limit: UInt64?) -> UInt64 {
    guard let limit else { return .max }
    let (end, isOver) = Tasks.now.addingReportingOverflow(limit)
    return isOver ? .max : end
}
