import CMachine
import KernelMachine
import KernelMain
import KernelSupport
import KernelVirtio
import Synchronization

/// A pair of a network card's queues: frames that have come by it, and (`CardPair+Sending`) those that leave.
///
/// It does not interrupt before `rest`, and then once: who takes frames looks for more until
/// there are none, and rests.
@safe public struct CardPair: @unchecked Sendable, BitwiseCopyable {
    let state: UnsafeMutablePointer<PairState>

    init(_ state: UnsafeMutablePointer<PairState>) { unsafe self.state = unsafe state }

    /// Its place among the card's.
    public var number: Int { unsafe state.pointee.queues.number }

    var card: NetworkCard { unsafe NetworkCard(state.pointee.card) }

    /// Hands on frames that have come, each without a lock; its buffers go back to the device
    /// when `body` returns.
    ///
    /// - Parameter most: Frames at most.
    /// - Returns: How many there were.
    public func receive(most: Int, _ body: (borrowing ReceivedFrame) -> Void) -> Int {
        var count = 0
        var isBroken = false
        let flags = machine_disable_interrupts()
        unsafe state.pointee.receiving.lock()
        while count < most {
            guard let frame = nextFrame(&isBroken) else { break }
            unsafe state.pointee.received &+= 1
            unsafe state.pointee.receivedBytes &+= UInt64(truncatingIfNeeded: frame.count)
            unsafe state.pointee.receiving.unlock()
            machine_restore_interrupts(flags)
            body(frame)
            count += 1
            _ = machine_disable_interrupts()
            unsafe state.pointee.receiving.lock()
            // A device that has run out of buffers goes on while the rest is dealt with.
            let isLong = frame.count > frame.firstCount
            unsafe state.pointee.queues.receive.give(frame)
            if isLong { notifyOfBuffers() }
        }
        notifyOfBuffers()
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        if isBroken { card.restart(isBroken: true) }
        return count
    }

    /// With the lock. A device that is being reset is told later.
    @inline(__always)
    private func notifyOfBuffers() {
        if unsafe !state.pointee.isStopped { unsafe state.pointee.notifyOfBuffers() }
    }

    /// With the lock.
    private func nextFrame(_ isBroken: inout Bool) -> ReceivedFrame? {
        guard unsafe !state.pointee.isStopped else { return nil }
        do throws(QueueError) {
            let frame = try unsafe state.pointee.queues.receive.take()
            if frame != nil { unsafe state.pointee.hasTaken = true }
            return frame
        } catch {
            isBroken = true
            return nil
        }
    }

    /// Has the device interrupt when something comes.
    ///
    /// - Returns: `false`: something has come meanwhile, and there may be no interrupt for it.
    public func rest() -> Bool {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.receiving.lock()
        if unsafe !state.pointee.hasTaken {
            // A device that wants a reset says so by an interrupt, for which there is no frame.
            unsafe state.pointee.receiving.unlock()
            card.restart(isBroken: false)
            unsafe state.pointee.receiving.lock()
        }
        unsafe state.pointee.hasTaken = false
        // While another core resets the device nothing can be said of interrupts.
        var isIdle = unsafe state.pointee.isGone
        if unsafe !state.pointee.isStopped {
            isIdle = unsafe !state.pointee.queues.receive.queue.setInterrupts(true)
            if !isIdle { unsafe state.pointee.queues.receive.queue.setInterrupts(false) }
        }
        unsafe state.pointee.wantsInterrupts = isIdle
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        return isIdle
    }

    /// Whether frames may have come that nobody has taken. Interrupts are off.
    public var hasArrived: Bool {
        unsafe state.pointee.receiving.lock()
        let hasArrived = unsafe !state.pointee.isStopped && state.pointee.queues.receive.queue.hasUsed
        unsafe state.pointee.receiving.unlock()
        return hasArrived
    }

    /// Has the device interrupt no more until the next `rest`. Interrupts are off.
    public func stopInterrupts() {
        unsafe state.pointee.receiving.lock()
        unsafe state.pointee.wantsInterrupts = false
        unsafe state.pointee.queues.receive.queue.setInterrupts(false)
        unsafe state.pointee.receiving.unlock()
    }

    /// One core takes frames at a time, so that they keep their order.
    ///
    /// - Returns: Whether it is this one, until `endTaking`.
    public func beginTaking() -> Bool { unsafe !state.pointee.isTaken.exchange(true, ordering: .acquiring) }

    /// Another core may take frames; who was refused meanwhile relies on a `rest` that follows.
    public func endTaking() { unsafe state.pointee.isTaken.store(false, ordering: .sequentiallyConsistent) }

    /// What has gone by it.
    public var counters: NetworkCard.Counters {
        var counters = NetworkCard.Counters()
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        counters.sent = unsafe state.pointee.sent
        counters.sentBytes = unsafe state.pointee.sentBytes
        counters.dropped = unsafe state.pointee.dropped
        unsafe state.pointee.sending.unlock()
        unsafe state.pointee.receiving.lock()
        counters.received = unsafe state.pointee.received
        counters.receivedBytes = unsafe state.pointee.receivedBytes
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        return counters
    }
}
