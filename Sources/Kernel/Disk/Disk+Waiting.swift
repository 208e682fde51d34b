import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio

// Waiting for what a disk was asked.
extension Disk {
    /// How long a request is waited for until it counts as lost, in nanoseconds: the
    /// host's own disk may take its time.
    private static let patience: UInt64 = 60_000_000_000
    /// Looks between two moments at which others may run.
    private static let looks = 16

    /// Waits until the device has done what `begin` has asked it.
    ///
    /// - Parameter isFlush: It was to flush, which takes its own time.
    /// - Returns: The buffer. Where this throws it is given back.
    /// - Throws: `EIO`; `EOPNOTSUPP`.
    func end(_ number: Int, isFlush: Bool = false) throws(Errno) -> BlockBuffer {
        let start = Tasks.now
        lookOn(for: number, until: start + patience(isFlush))
        let flags = enter()
        var problem: StaticString? = nil
        while true {
            if let back = unsafe state.pointee.device.requests.takeFinished(number) {
                setPatience(isFlush, after: Tasks.now - start)
                leave(flags)
                tell(problem)
                switch back.outcome {
                case .done: return back
                case .unsupported:
                    give(back)
                    throw .notSupported
                case .failed, .lost:
                    give(back)
                    throw .inputOutputError
                }
            }
            if unsafe state.pointee.device.isGone {
                leave(flags)
                tell(problem)
                throw .inputOutputError
            }
            problem = look(isLate: Tasks.now - start > Self.patience) ?? problem
            if unsafe !state.pointee.device.requests.isFinished(number), unsafe !state.pointee.device.isGone {
                wait(for: number)
            }
        }
    }

    private func patience(_ isFlush: Bool) -> UInt64 {
        unsafe isFlush ? state.pointee.flushPatience.limit : state.pointee.patience.limit
    }

    private func setPatience(_ isFlush: Bool, after duration: UInt64) {
        if isFlush {
            unsafe state.pointee.flushPatience.answered(after: duration)
        } else {
            unsafe state.pointee.patience.answered(after: duration)
        }
    }

    /// Looks itself for what comes back, as long as no other task could run meanwhile. The device
    /// need not interrupt where nobody sleeps until it does.
    private func lookOn(for number: Int, until end: UInt64) {
        while Tasks.now < end {
            let flags = enter()
            defer { leave(flags) }
            if unsafe state.pointee.sleeping == 0 { unsafe state.pointee.device.requests.queue.setInterrupts(false) }
            for _ in 0..<Self.looks {
                let isOdd = unsafe state.pointee.device.poll { wake($0) }
                if isOdd || (unsafe state.pointee.device.requests.isFinished(number)) {
                    unsafe state.pointee.idleInterrupts = 0
                    // Who sleeps is told of what comes next.
                    if unsafe state.pointee.sleeping > 0 { _ = unsafe state.pointee.device.collect { wake($0) } }
                    return
                }
            }
            if Tasks.hasOthersReady { return }
        }
    }

    /// Looks at the device, with the lock; what the log is to be told.
    func look(isLate: Bool) -> StaticString? {
        switch unsafe state.pointee.device.look(isLate: isLate, { wake($0) }) {
        case .nothing: return nil
        case .restarted(let message): return message
        case .gone(let message):
            wakeAll()
            return message
        }
    }

    func tell(_ problem: StaticString?) {
        if let problem { KernelServices.log(.warning, problem) }
    }
}
