import CMachine
import KernelDevices
import KernelMachine
import KernelSupport
import KernelVirtio

extension CardPair {
    /// Looks for a request that has come back until a frame is dropped.
    private static let patience = 10_000

    /// Sends a frame, as `NetworkCard.send`.
    public func send(_ header: TransmitHeader, count: Int, _ fill: (inout MutableRawSpan) -> Void) -> Bool {
        let isLarge = count > card.longestSent
        var request = takeRequest(isLarge: isLarge)
        guard var taken = request.take() else { return false }
        let fits = count > 0 && count <= (isLarge ? card.longestCut : card.longestSent)
        if fits {
            taken.withMutableBytes(part: 0, TransmitHeader.size..<TransmitHeader.size + count, fill)
        }
        request = consume taken
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        var isSent = false
        do throws(QueueError) {
            guard unsafe fits && !state.pointee.isStopped else { throw .unfit }
            try unsafe state.pointee.queues.transmit.submit(&request, header, count: count)
            isSent = true
            unsafe state.pointee.sent &+= 1
            unsafe state.pointee.sentBytes &+= UInt64(truncatingIfNeeded: count)
            if unsafe state.pointee.queues.transmit.queue.takeNotification() {
                unsafe state.pointee.bus.ring(state.pointee.queues.transmitBell)
            }
        } catch {
            unsafe state.pointee.dropped &+= 1
            if let unsent = request.take() { unsafe state.pointee.queues.transmit.give(unsent) { _ = $0.release() } }
        }
        unsafe state.pointee.sending.unlock()
        machine_restore_interrupts(flags)
        return isSent
    }

    /// Takes a spare request, with the lock; what was sent is taken back when its requests are
    /// needed. A queue that is stopped has none.
    private func spareRequest(isLarge: Bool) throws(QueueError) -> Request? {
        guard unsafe !state.pointee.isStopped else { return nil }
        return isLarge
            ? try unsafe state.pointee.queues.transmit.takeLarge { _ = $0.release() }
            : try unsafe state.pointee.queues.transmit.take { _ = $0.release() }
    }

    /// Makes a large request, if there may be one more, with the lock, which is given back
    /// meanwhile. Without memory there are as many as there are: it is not tried again and again.
    private func makeLarge() -> Request? {
        guard unsafe state.pointee.largeWanted < state.pointee.mostLarge else { return nil }
        unsafe state.pointee.largeWanted += 1
        unsafe state.pointee.sending.unlock()
        var made: Request? = nil
        if var memory = DeviceFrames(order: PairState.largeOrder), let part = memory.memory(PairState.largeRoom),
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

    private func takeRequest(isLarge: Bool) -> Request? {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        do throws(QueueError) {
            var request = try spareRequest(isLarge: isLarge)
            if request == nil, isLarge {
                request = makeLarge()
                if unsafe request == nil && state.pointee.largeCount == 0 {
                    unsafe state.pointee.sending.unlock()
                    machine_restore_interrupts(flags)
                    return nil
                }
            }
            // The device is behind: a little later it has sent some, which costs less than what
            // a lost segment does.
            var looks = 0
            while unsafe request == nil && looks < Self.patience && !state.pointee.isStuck && !state.pointee.isStopped {
                machine_serve_shootdown()
                machine_pause()
                looks += 1
                request = try spareRequest(isLarge: isLarge)
            }
            unsafe state.pointee.isStuck = request == nil
            if request == nil { unsafe state.pointee.dropped &+= 1 }
            unsafe state.pointee.sending.unlock()
            machine_restore_interrupts(flags)
            return request
        } catch {
            unsafe state.pointee.dropped &+= 1
            unsafe state.pointee.sending.unlock()
            machine_restore_interrupts(flags)
        }
        card.restart(isBroken: true)
        return nil
    }

    /// Whether the device has sent what it was given, or never will.
    var hasSentAll: Bool {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.sending.lock()
        defer {
            unsafe state.pointee.sending.unlock()
            machine_restore_interrupts(flags)
        }
        guard unsafe !state.pointee.isStopped else { return true }
        do throws(QueueError) {
            try unsafe state.pointee.queues.transmit.collect { _ = $0.release() }
        } catch { return true }
        return unsafe state.pointee.queues.transmit.queue.inFlight == 0
    }
}
