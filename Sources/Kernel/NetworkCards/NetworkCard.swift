import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio

/// A network card: frames in (`CardPair`) and out. Any number of tasks and cores may use it at once;
/// who receives and who sends do not wait for each other, nor do cores with different pairs of queues.
@safe public struct NetworkCard: @unchecked Sendable, BitwiseCopyable {
    let state: UnsafeMutablePointer<CardState>

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

    init(_ state: UnsafeMutablePointer<CardState>) { unsafe self.state = unsafe state }

    /// Its place among the cards.
    public var number: Int { unsafe state.pointee.number }
    /// What the device is; that does not change.
    public var limits: NetworkLimits { unsafe state.pointee.limits }
    /// It interrupts after `rest`; else it has to be looked at again and again.
    public var interrupts: Bool { unsafe state.pointee.interruptedCores > 0 }
    /// Bytes of the longest frame that `send` takes.
    public var longestSent: Int { PairState.transmitRoom - TransmitHeader.size }
    /// Bytes of the longest one that the device cuts, which `send` takes where there is memory.
    public var longestCut: Int { min(PairState.largeRoom - TransmitHeader.size, NetworkLimits.longestFrame) }

    /// Bytes of text of a segment that the device cuts, whatever its headers have; 0: it cuts none.
    public func longestText(isV6: Bool) -> Int {
        guard isV6 ? limits.cutsSegments6 : limits.cutsSegments4 else { return 0 }
        // IPv6's header, and TCP's with all options.
        return longestCut - NetworkLimits.frameHeaderSize - 40 - 60
    }

    /// Pairs of queues that are used: no more than there are cores, or the device has.
    public var pairCount: Int { unsafe state.pointee.pairCount }

    /// A pair of queues; there are `pairCount`.
    public func pair(_ number: Int) -> CardPair { unsafe state.pointee.pair(number) }

    /// Whether there is a link.
    public var hasLink: Bool {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.lock.lock()
        let hasLink = unsafe !state.pointee.device.isGone && state.pointee.device.hasLink
        unsafe state.pointee.lock.unlock()
        machine_restore_interrupts(flags)
        return hasLink
    }

    /// What has gone by all its pairs.
    public var counters: Counters {
        var all = Counters()
        for number in 0..<pairCount {
            let pair = pair(number).counters
            all.received &+= pair.received
            all.receivedBytes &+= pair.receivedBytes
            all.sent &+= pair.sent
            all.sentBytes &+= pair.sentBytes
            all.dropped &+= pair.dropped
        }
        let flags = machine_disable_interrupts()
        unsafe state.pointee.lock.lock()
        all.resets = unsafe state.pointee.resets
        unsafe state.pointee.lock.unlock()
        machine_restore_interrupts(flags)
        return all
    }

    /// The pair of queues of the core that asks: its own, or, where there are fewer pairs than cores, one
    /// that it shares.
    @inline(__always)
    public var ownPair: Int {
        let (core, count) = (Tasks.core, pairCount)
        return core < count ? core : core % count
    }

    /// Sends a frame by a pair of queues. It is with the device when this returns, or dropped and
    /// counted: where too many are on their way, or it is longer than `longestSent`, or `longestCut`
    /// for one that the device is to cut; for such a one there may be no memory, either.
    ///
    /// - Parameters:
    ///   - header: What the device does of it.
    ///   - count: Its bytes.
    ///   - pair: Frames that are to keep their order go by the same one; `nil`: the core's own.
    ///   - fill: Writes them.
    /// - Returns: Whether the device has it.
    @discardableResult
    @inline(__always)
    public func send(
        _ header: TransmitHeader, count: Int, by pair: Int? = nil, _ fill: (inout MutableRawSpan) -> Void
    ) -> Bool {
        self.pair(pair ?? ownPair).send(header, count: count, fill)
    }

    /// Whether the device has sent what it was given, or never will.
    public var hasSentAll: Bool {
        for number in 0..<pairCount {
            if !pair(number).hasSentAll { return false }
        }
        return true
    }

    // MARK: - Interrupts

    /// The device has interrupted this core: runs `body` with the pairs that may be why, which
    /// interrupt no more until the next `rest`.
    func interrupted(_ body: (CardPair) -> Void) {
        unsafe state.pointee.pair(0).state.pointee.bus.acknowledgeInterrupt()
        let core = Tasks.core
        let cores = unsafe state.pointee.interruptedCores
        if core < cores {
            let own = pair(core)
            own.stopInterrupts()
            body(own)
        }
        guard core == 0 else { return }
        for number in cores..<pairCount {
            let other = pair(number)
            guard other.hasArrived else { continue }
            other.stopInterrupts()
            body(other)
        }
    }

    // MARK: - Errors

    /// Resets the device, if it has lied or wants that. No lock of a pair's is held.
    ///
    /// - Parameter isBroken: One of its queues was found to be, which others may have seen to.
    func restart(isBroken: Bool) {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.lock.lock()
        let problem = restartHeld(isBroken: isBroken)
        unsafe state.pointee.lock.unlock()
        machine_restore_interrupts(flags)
        if let problem { KernelServices.log(.warning, problem) }
    }

    /// With the device's lock.
    ///
    /// - Returns: What the log is to be told.
    private func restartHeld(isBroken: Bool) -> StaticString? {
        guard unsafe !state.pointee.device.isGone else { return nil }
        var damage: QueueDamage? = nil
        for number in 0..<(isBroken ? pairCount : 0) {
            withPair(number) { pair in
                damage = damage ?? pair.queues.receive.queue.damage ?? pair.queues.transmit.queue.damage
            }
        }
        guard unsafe damage != nil || state.pointee.device.device.needsReset else { return nil }
        for number in 0..<pairCount { withPair(number) { $0.isStopped = true } }
        let start = TimeStampCounter.read()
        do throws(DeviceError) {
            try unsafe state.pointee.device.restart(
                &state.pointee.control,
                {
                    machine_serve_shootdown()
                    machine_pause()
                    return CardState.isPatient(since: start)
                },
                { number, body in
                    var problem: DeviceError? = nil
                    withPair(number) { pair in
                        problem = body(&pair.queues) { _ = $0.release() }
                        pair.queues.transmit.queue.setInterrupts(false)
                        pair.queues.receive.queue.setInterrupts(pair.wantsInterrupts)
                    }
                    return problem
                })
        } catch {
            for number in 0..<pairCount { withPair(number) { $0.isGone = true } }
            return error.message
        }
        unsafe state.pointee.resets &+= 1
        for number in 0..<pairCount {
            withPair(number) { pair in
                pair.isStopped = false
                pair.notifyOfBuffers()
            }
        }
        return damage?.message ?? "a network card's device has met an error"
    }

    /// Runs `body` with both locks of a pair.
    private func withPair(_ number: Int, _ body: (inout PairState) -> Void) {
        let pair = unsafe pair(number).state
        unsafe pair.pointee.receiving.lock()
        unsafe pair.pointee.sending.lock()
        unsafe body(&pair.pointee)
        unsafe pair.pointee.sending.unlock()
        unsafe pair.pointee.receiving.unlock()
    }
}
