import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio

/// A network card: frames in and out. Any number of tasks and cores may use it at once; who
/// receives and who sends do not wait for each other.
///
/// It does not interrupt before `rest`, and then once: who takes frames looks for more until
/// there are none, and rests.
@safe public struct NetworkCard: @unchecked Sendable, BitwiseCopyable {
    private let state: UnsafeMutablePointer<CardState>

    /// What was sent and could not be.
    public struct Counters: Sendable, BitwiseCopyable {
        /// Frames that were handed to the device.
        public var sent: UInt64 = 0
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
        let counters = unsafe state.pointee.counters
        unsafe state.pointee.sending.unlock()
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
            unsafe state.pointee.receiving.unlock()
            machine_restore_interrupts(flags)
            body(frame)
            count += 1
            _ = machine_disable_interrupts()
            unsafe state.pointee.receiving.lock()
            unsafe state.pointee.receive.give(frame)
        }
        if unsafe state.pointee.receive.queue.takeNotification() {
            unsafe state.pointee.bus.ring(state.pointee.receiveBell)
        }
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        if let problem { KernelServices.log(.warning, problem) }
        return count
    }

    /// With the lock.
    private func nextFrame(_ problem: inout StaticString?) -> ReceivedFrame? {
        guard unsafe !state.pointee.device.isGone else { return nil }
        do throws(QueueError) {
            return try unsafe state.pointee.receive.take()
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
            if unsafe state.pointee.device.device.needsReset { problem = restart() }
            isIdle = unsafe !state.pointee.receive.queue.setInterrupts(true)
            if !isIdle { unsafe state.pointee.receive.queue.setInterrupts(false) }
        }
        unsafe state.pointee.receiving.unlock()
        machine_restore_interrupts(flags)
        if let problem { KernelServices.log(.warning, problem) }
        return isIdle
    }

    /// The device has interrupted: it does no more until the next `rest`.
    func silence() {
        unsafe state.pointee.bus.acknowledgeInterrupt()
        unsafe state.pointee.receiving.lock()
        unsafe state.pointee.receive.queue.setInterrupts(false)
        unsafe state.pointee.receiving.unlock()
    }

    // MARK: - Sending

    /// Sends a frame. It is with the device when this returns, or dropped and counted: where
    /// too many are on their way, or it is longer than `longestSent`.
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
        var request = takeRequest(&problem)
        guard var taken = request.take() else {
            if let problem { KernelServices.log(.warning, problem) }
            return false
        }
        let fits = count > 0 && count <= longestSent
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

    private func takeRequest(_ problem: inout StaticString?) -> Request? {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        unsafe state.pointee.sending.lock()
        do throws(QueueError) {
            // What was sent is taken back when its requests are needed.
            var request = try unsafe state.pointee.transmit.take { _ = $0.release() }
            // The device is behind: a little later it has sent some, which costs less than what
            // a lost segment does.
            var looks = 0
            while unsafe request == nil && looks < Self.patience && !state.pointee.isStuck {
                machine_serve_shootdown()
                machine_pause()
                looks += 1
                request = try unsafe state.pointee.transmit.take { _ = $0.release() }
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
