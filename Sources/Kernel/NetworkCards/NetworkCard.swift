import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// A network card: frames in and out. Any number of tasks and cores may use it at once; who
/// receives and who sends do not wait for each other.
///
/// It does not interrupt before `rest`, and then once: who takes frames looks for more until
/// there are none, and rests.
@safe public struct NetworkCard: @unchecked Sendable, BitwiseCopyable {
    private let state: UnsafeMutablePointer<CardState>

    /// What has gone by the card, and what could not be sent.
    public struct Counters: Sendable, BitwiseCopyable {
        /// Frames that the device has brought, and their bytes.
        public var received: UInt64 = 0
        public var receivedBytes: UInt64 = 0
        /// Frames that were handed to the device, one that it cuts being one, and their bytes.
        public var sent: UInt64 = 0
        public var sentBytes: UInt64 = 0
        /// Frames for which there was no room.
        public var dropped: UInt64 = 0
        /// The device was reset.
        public var resets: UInt64 = 0
    }

    /// Looks for a request that has come back until a frame is dropped.
    private static let patience = 10_000

    init(_ state: UnsafeMutablePointer<CardState>) { unsafe self.state = unsafe state }

    /// Its place among the cards.
    public var number: Int { unsafe state.pointee.number }
    /// What the device is; that does not change.
    public var limits: NetworkLimits { unsafe state.pointee.limits }
    /// It interrupts after `rest`; else it has to be looked at again and again.
    public var interrupts: Bool { unsafe state.pointee.interrupts }
    /// Bytes of the longest frame that `send` takes.
    public var longestSent: Int { CardState.transmitRoom - TransmitHeader.size }
    /// Bytes of the longest one that the device cuts, which `send` takes where there is memory.
    public var longestCut: Int { min(CardState.largeRoom - TransmitHeader.size, NetworkLimits.longestFrame) }

    /// Bytes of text of a segment that the device cuts, whatever its headers have; 0: it cuts none.
    public func longestText(isV6: Bool) -> Int {
        guard isV6 ? limits.cutsSegments6 : limits.cutsSegments4 else { return 0 }
        // IPv6's header, and TCP's with all options.
        return longestCut - NetworkLimits.frameHeaderSize - 40 - 60
    }

    /// Whether there is a link.
    public var hasLink: Bool {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.receiving.lock()
        let hasLink = unsafe !state.pointee.device.isGone && state.pointee.device.hasLink
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        return hasLink
    }

    public var counters: Counters {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        var counters = unsafe state.pointee.counters
        unsafe state.pointee.sending.unlock()
        unsafe state.pointee.receiving.lock()
        counters.received = unsafe state.pointee.received
        counters.receivedBytes = unsafe state.pointee.receivedBytes
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        return counters
    }

    // MARK: - Receiving

    /// Hands on frames that have come, each without a lock; its buffers go back to the device
    /// when `body` returns.
    ///
    /// - Parameter most: Frames at most.
    /// - Returns: How many there were.
    public func receive(most: Int, _ body: (borrowing ReceivedFrame) -> Void) -> Int {
        var count = 0
        var problem: StaticString? = nil
        let flags = machine_disable_interrupts()
        unsafe state.pointee.receiving.lock()
        while count < most {
            guard let frame = nextFrame(&problem) else { break }
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
            unsafe state.pointee.receive.give(frame)
            if isLong { notifyOfBuffers() }
        }
        notifyOfBuffers()
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        if let problem { KernelServices.log(.warning, problem) }
        return count
    }

    /// With the lock.
    private func notifyOfBuffers() {
        if unsafe state.pointee.receive.queue.takeNotification() {
            unsafe state.pointee.bus.ring(state.pointee.receiveBell)
        }
    }

    /// With the lock.
    private func nextFrame(_ problem: inout StaticString?) -> ReceivedFrame? {
        guard unsafe !state.pointee.device.isGone else { return nil }
        do throws(QueueError) {
            let frame = try unsafe state.pointee.receive.take()
            if frame != nil { unsafe state.pointee.hasTaken = true }
            return frame
        } catch {
            problem = restart()
            return nil
        }
    }

    /// Has the device interrupt when something comes.
    ///
    /// - Returns: `false`: something has come meanwhile, and there may be no interrupt for it.
    public func rest() -> Bool {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.receiving.lock()
        var problem: StaticString? = nil
        var isIdle = true
        if unsafe !state.pointee.device.isGone {
            // A device that wants a reset says so by an interrupt, for which there is no frame.
            if unsafe !state.pointee.hasTaken && state.pointee.device.device.needsReset { problem = restart() }
            unsafe state.pointee.hasTaken = false
            isIdle = unsafe !state.pointee.receive.queue.setInterrupts(true)
            if !isIdle { unsafe state.pointee.receive.queue.setInterrupts(false) }
        }
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        if let problem { KernelServices.log(.warning, problem) }
        return isIdle
    }

    /// Whether frames may have come that nobody has taken. Interrupts are off.
    public var hasArrived: Bool {
        unsafe state.pointee.receiving.lock()
        let hasArrived = unsafe !state.pointee.device.isGone && state.pointee.receive.queue.hasUsed
        unsafe state.pointee.receiving.unlock()
        return hasArrived
    }

    /// Whether the device has sent what it was given, or never will.
    public var hasSentAll: Bool {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        defer {
            unsafe state.pointee.sending.unlock()
            machine_restore_interrupts(flags)
        }
        guard unsafe !state.pointee.device.isGone else { return true }
        do throws(QueueError) {
            try unsafe state.pointee.transmit.collect { _ = $0.release() }
        } catch { return true }
        return unsafe state.pointee.transmit.queue.inFlight == 0
    }

    /// Has the device interrupt no more until the next `rest`. Interrupts are off.
    public func stopInterrupts() {
        unsafe state.pointee.receiving.lock()
        unsafe state.pointee.receive.queue.setInterrupts(false)
        unsafe state.pointee.receiving.unlock()
    }

    /// One core takes frames at a time, so that they keep their order.
    ///
    /// - Returns: Whether it is this one, until `endTaking`.
    public func beginTaking() -> Bool { unsafe !state.pointee.isTaken.exchange(true, ordering: .acquiring) }

    /// Another core may take frames; who was refused meanwhile relies on a `rest` that follows.
    public func endTaking() { unsafe state.pointee.isTaken.store(false, ordering: .sequentiallyConsistent) }

    /// The device has interrupted: it does no more until the next `rest`.
    func silence() {
        unsafe state.pointee.bus.acknowledgeInterrupt()
        unsafe state.pointee.receiving.lock()
        unsafe state.pointee.receive.queue.setInterrupts(false)
        unsafe state.pointee.receiving.unlock()
    }

    // MARK: - Sending

    /// Sends a frame. It is with the device when this returns, or dropped and counted: where
    /// too many are on their way, or it is longer than `longestSent`, or `longestCut` for one
    /// that the device is to cut; for such a one there may be no memory, either.
    ///
    /// - Parameters:
    ///   - header: What the device does of it.
    ///   - count: Its bytes.
    ///   - fill: Writes them.
    /// - Returns: Whether the device has it.
    @discardableResult
    public func send(
        _ header: TransmitHeader, count: Int, _ fill: (inout MutableRawSpan) -> Void
    ) -> Bool {
        var problem: StaticString? = nil
        let isLarge = count > longestSent
        var request = takeRequest(isLarge: isLarge, &problem)
        guard var taken = request.take() else {
            if let problem { KernelServices.log(.warning, problem) }
            return false
        }
        let fits = count > 0 && count <= (isLarge ? longestCut : longestSent)
        if fits {
            taken.withMutableBytes(part: 0, TransmitHeader.size..<TransmitHeader.size + count, fill)
        }
        request = consume taken
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        var isSent = false
        do throws(QueueError) {
            guard fits else { throw .unfit }
            try unsafe state.pointee.transmit.submit(&request, header, count: count)
            isSent = true
            unsafe state.pointee.counters.sent &+= 1
            unsafe state.pointee.counters.sentBytes &+= UInt64(truncatingIfNeeded: count)
            if unsafe state.pointee.transmit.queue.takeNotification() {
                unsafe state.pointee.bus.ring(state.pointee.transmitBell)
            }
        } catch {
            unsafe state.pointee.counters.dropped &+= 1
            if let unsent = request.take() { unsafe state.pointee.transmit.give(unsent) { _ = $0.release() } }
        }
        unsafe state.pointee.sending.unlock()
        machine_restore_interrupts(flags)
        return isSent
    }

    /// Takes a spare request, with the lock; what was sent is taken back when its requests are
    /// needed.
    private func spareRequest(isLarge: Bool) throws(QueueError) -> Request? {
        isLarge
            ? try unsafe state.pointee.transmit.takeLarge { _ = $0.release() }
            : try unsafe state.pointee.transmit.take { _ = $0.release() }
    }

    /// Makes a large request, if there may be one more, with the lock, which is given back
    /// meanwhile. Without memory there are as many as there are: it is not tried again and again.
    private func makeLarge() -> Request? {
        guard unsafe state.pointee.largeWanted < CardState.largeRequests else { return nil }
        unsafe state.pointee.largeWanted += 1
        unsafe state.pointee.sending.unlock()
        var made: Request? = nil
        if var memory = DeviceFrames(order: CardState.largeOrder), let part = memory.memory(CardState.largeRoom),
            let block = DriverMemory.block(Request.blockSize(parts: 1))
        {
            var request = Request(block)
            request.appendReadable(part)
            made = consume request
        }
        unsafe state.pointee.sending.lock()
        if made != nil { unsafe state.pointee.largeCount += 1 }
        return made
    }

    private func takeRequest(isLarge: Bool, _ problem: inout StaticString?) -> Request? {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        unsafe state.pointee.sending.lock()
        do throws(QueueError) {
            var request = try spareRequest(isLarge: isLarge)
            if request == nil, isLarge {
                request = makeLarge()
                if unsafe request == nil && state.pointee.largeCount == 0 {
                    unsafe state.pointee.sending.unlock()
                    return nil
                }
            }
            // The device is behind: a little later it has sent some, which costs less than what
            // a lost segment does.
            var looks = 0
            while unsafe request == nil && looks < Self.patience && !state.pointee.isStuck {
                machine_serve_shootdown()
                machine_pause()
                looks += 1
                request = try spareRequest(isLarge: isLarge)
            }
            unsafe state.pointee.isStuck = request == nil
            if request == nil { unsafe state.pointee.counters.dropped &+= 1 }
            unsafe state.pointee.sending.unlock()
            return request
        } catch {
            unsafe state.pointee.counters.dropped &+= 1
            unsafe state.pointee.sending.unlock()
        }
        unsafe state.pointee.receiving.lock()
        problem = restart()
        unsafe state.pointee.receiving.unlock()
        return nil
    }

    // MARK: - Errors

    /// Resets the device, with the lock of what is received; what the log is to be told.
    private func restart() -> StaticString? {
        unsafe state.pointee.sending.lock()
        defer { unsafe state.pointee.sending.unlock() }
        guard unsafe !state.pointee.device.isGone else { return nil }
        let damage = unsafe state.pointee.receive.queue.damage ?? state.pointee.transmit.queue.damage
        // Another may have done it.
        guard unsafe damage != nil || state.pointee.device.device.needsReset else { return nil }
        do throws(DeviceError) {
            let bells = try unsafe state.pointee.device.restart(
                &state.pointee.receive, &state.pointee.transmit
            ) { _ = $0.release() }
            unsafe state.pointee.receiveBell = bells.receive
            unsafe state.pointee.transmitBell = bells.transmit
            unsafe state.pointee.counters.resets &+= 1
            unsafe state.pointee.transmit.queue.setInterrupts(false)
            unsafe state.pointee.receive.queue.setInterrupts(false)
            if unsafe state.pointee.receive.queue.takeNotification() {
                unsafe state.pointee.bus.ring(state.pointee.receiveBell)
            }
            return damage?.message ?? "a network card's device has met an error"
        } catch {
            return error.message
        }
    }
}
