import CMachine
import KernelDevices
import KernelFileSystem
import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// The way to the server of a folder of the host's. Any number of tasks may use it at once,
/// each of whose requests has a buffer of its own.
@safe final class FolderChannel: FuseChannel, @unchecked Sendable {
    private let state: UnsafeMutablePointer<FolderState>
    private let lastUnique = Atomic<UInt64>(0)
    /// Who has it may wait for an answer.
    private let guardian: SleepingLock
    let source = KernelBlocks()
    /// What was agreed on; until then what there is memory for.
    var dataSize: Int

    /// After so long without an answer it is asked whether somebody is there, and that answer
    /// is waited for so long, in nanoseconds: a server may take its time with a file, but not
    /// with that.
    private static let patience: UInt64 = 1_000_000_000
    private static let lastPatience: UInt64 = 10_000_000_000
    /// After so long a task looks itself: where the device interrupts, and where not.
    private static let interval: UInt64 = 50_000_000
    private static let shortInterval: UInt64 = 200_000
    /// So many interrupts for nothing, one after the other, are enough.
    private static let mostIdleInterrupts = 10_000
    /// The number that stands for a buffer in what a task waits for.
    private static let anyBuffer = 0xFF
    /// Of what a task waits for: folders behind disks.
    private static let firstNumber = 0x100

    init(_ state: UnsafeMutablePointer<FolderState>) {
        unsafe self.state = unsafe state
        guardian = SleepingLock(.folder(unsafe state.pointee.number))
        dataSize = unsafe 4096 << state.pointee.order
    }

    /// Several requests of one task are under way at once, but not so many that others have none.
    var depth: Int { 4 }
    var now: UInt64 { Tasks.now }
    func nextUnique() -> UInt64 { lastUnique.wrappingAdd(2, ordering: .relaxed).newValue }

    // MARK: - The lock

    private func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.lock.lock()
        return flags
    }

    /// Gives the lock back, and lets those run that were woken.
    private func leave(_ flags: UInt64) {
        unsafe state.pointee.lock.unlock()
        Tasks.settle()
        machine_restore_interrupts(flags)
    }

    private func key(_ number: Int) -> WaitKey {
        unsafe WaitKey(.device, UInt64((Self.firstNumber + state.pointee.number) << 8 | number))
    }

    private func wake(_ number: Int) { _ = Tasks.wake(key(number), count: .max) }

    private func wakeAll() {
        for number in unsafe 0..<state.pointee.device.requests.count { wake(number) }
        wake(Self.anyBuffer)
    }

    /// Waits to be told of a buffer, or for a while, with the lock.
    private func wait(for number: Int) {
        let interval = unsafe state.pointee.interrupts ? Self.interval : Self.shortInterval
        unsafe Tasks.waitForDevice(key(number), until: Tasks.now + interval, giving: state.pointee.lock)
        unsafe state.pointee.lock.lock()
    }

    /// The device has interrupted, and no lock is held.
    func interrupted() {
        unsafe state.pointee.device.device.bus.acknowledgeInterrupt()
        unsafe state.pointee.lock.lock()
        var isIdle = true
        let isOdd = unsafe state.pointee.device.collect { number in
            isIdle = false
            cameBack(number)
        }
        // Whoever waits sees to it: not all of that is for an interrupt.
        if isOdd { wakeAll() }
        unsafe state.pointee.idleInterrupts = isIdle ? state.pointee.idleInterrupts + 1 : 0
        if unsafe state.pointee.idleInterrupts == Self.mostIdleInterrupts {
            unsafe state.pointee.device.device.bus.stopInterrupts()
            unsafe state.pointee.interrupts = false
        }
        unsafe state.pointee.lock.unlock()
    }

    /// A buffer has come back, with the lock.
    private func cameBack(_ number: Int) {
        unsafe state.pointee.lastSign = Tasks.now
        unsafe state.pointee.asked = nil
        wake(number)
        // It may be one that was given back before.
        if unsafe state.pointee.waiting > 0 { wake(Self.anyBuffer) }
    }

    /// Looks at the device, with the lock; what the log is to be told.
    private func look() -> StaticString? {
        var problem = unsafe state.pointee.device.look { cameBack($0) }
        if problem == nil { problem = question() }
        if problem != nil { wakeAll() }
        return problem
    }

    /// Finds out whether somebody is there, where nothing has come for some time.
    private func question() -> StaticString? {
        guard unsafe !state.pointee.device.isGone else { return nil }
        let now = Tasks.now
        if let asked = unsafe state.pointee.asked {
            if unsafe state.pointee.device.hasAnswer() {
                unsafe state.pointee.lastSign = now
                unsafe state.pointee.asked = nil
            } else if now &- asked > Self.lastPatience, now > asked {
                unsafe state.pointee.device.giveUp()
                return "a folder's server does not answer: what is asked of it fails from now on"
            }
        } else if unsafe now > state.pointee.lastSign, unsafe now &- state.pointee.lastSign > Self.patience {
            if unsafe !state.pointee.device.hasAnswer() {
                // Another question is still on its way.
                unsafe state.pointee.asked = now
                return nil
            }
            unsafe state.pointee.device.ask()
            unsafe state.pointee.asked = now
        }
        return nil
    }

    private func tell(_ problem: StaticString?) {
        if let problem { KernelServices.log(.warning, problem) }
    }

    // MARK: - Buffers

    func take() throws(Errno) -> FuseBuffer {
        let flags = enter()
        var problem: StaticString? = nil
        while true {
            if unsafe state.pointee.device.isGone {
                leave(flags)
                tell(problem)
                throw .inputOutputError
            }
            if let number = takeFree() {
                leave(flags)
                return FuseBuffer(number: number)
            }
            unsafe state.pointee.waiting += 1
            wait(for: Self.anyBuffer)
            unsafe state.pointee.waiting -= 1
            problem = look() ?? problem
        }
    }

    func takeAnother() -> FuseBuffer? {
        let flags = enter()
        let number = unsafe state.pointee.device.isGone ? nil : takeFree()
        leave(flags)
        return number.map { FuseBuffer(number: $0) }
    }

    /// A buffer that nobody has, or one more; with the lock.
    private func takeFree() -> Int? {
        for _ in 0..<2 {
            if let buffer = unsafe state.pointee.device.requests.take() {
                let number = buffer.number
                unsafe state.pointee.taken.put(buffer)
                return number
            }
            unsafe state.pointee.addBuffer()
        }
        return nil
    }

    func give(_ buffer: consuming FuseBuffer) {
        let number = buffer.number
        let flags = enter()
        if let buffer = unsafe state.pointee.taken.take(number) {
            unsafe state.pointee.device.requests.give(buffer)
        } else {
            unsafe state.pointee.device.requests.abandon(number)
        }
        if unsafe state.pointee.waiting > 0 { wake(Self.anyBuffer) }
        leave(flags)
    }

    /// One buffer at least goes round, so that nobody waits for ever.
    func keep(_ buffer: borrowing FuseBuffer) -> Bool {
        let flags = enter()
        for _ in 0..<2 {
            if unsafe state.pointee.device.requests.count - state.pointee.kept >= 2 {
                unsafe state.pointee.kept += 1
                leave(flags)
                return true
            }
            unsafe state.pointee.addBuffer()
        }
        leave(flags)
        return false
    }

    func giveKept(_ buffer: consuming FuseBuffer) {
        let flags = enter()
        unsafe state.pointee.kept -= 1
        leave(flags)
        give(buffer)
    }

    func withHeader(_ buffer: borrowing FuseBuffer, _ body: (inout MutableRawSpan) -> Void) {
        let number = buffer.number
        unsafe state.pointee.taken.with(number) { taken in
            taken.header.withMutableBytes(0..<FuseShape.header) { body(&$0) }
        }
    }

    func withArguments(_ buffer: borrowing FuseBuffer, _ body: (inout MutableRawSpan) -> Int) -> Int {
        let number = buffer.number
        return unsafe state.pointee.taken.with(number) { taken in
            taken.arguments.withMutableBytes(0..<FuseShape.mostArguments) { body(&$0) }
        } ?? 0
    }

    func withData(
        _ buffer: borrowing FuseBuffer, from start: Int, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) -> Int {
        let number = buffer.number
        let end = min(start + count, dataSize)
        return unsafe state.pointee.taken.with(number) { taken in
            taken.data.withMutableBytes(start..<end) { body(&$0) }
        } ?? 0
    }

    // MARK: - Requests

    func send(_ buffer: borrowing FuseBuffer, _ shape: FuseShape) throws(Errno) {
        let number = buffer.number
        let parts = FolderShape(
            arguments: shape.arguments, dataOut: shape.dataOut, answer: shape.isUnanswered ? 0 : shape.answer,
            dataIn: shape.dataIn)
        let flags = enter()
        // What was waited for before is no measure of this one.
        if unsafe state.pointee.device.requests.inFlight == 0 {
            unsafe state.pointee.lastSign = Tasks.now
            unsafe state.pointee.asked = nil
        }
        var pending = unsafe state.pointee.taken.take(number)
        var problem: StaticString? = nil
        do throws(QueueError) {
            try unsafe state.pointee.device.submit(&pending, parts)
        } catch {
            problem = look()
        }
        let isSent = pending == nil
        unsafe state.pointee.taken.put(number, &pending)
        leave(flags)
        tell(problem)
        if !isSent { throw .inputOutputError }
    }

    func receive(_ buffer: borrowing FuseBuffer) throws(Errno) -> Int {
        let number = buffer.number
        let flags = enter()
        var problem: StaticString? = nil
        while true {
            problem = look() ?? problem
            if let back = unsafe state.pointee.device.requests.takeFinished(number) {
                let written = back.written
                unsafe state.pointee.taken.put(back)
                leave(flags)
                tell(problem)
                return written
            }
            if unsafe state.pointee.device.isGone {
                leave(flags)
                tell(problem)
                throw .inputOutputError
            }
            wait(for: number)
        }
    }

    func withAnswer(
        _ buffer: borrowing FuseBuffer, data count: Int, _ body: (RawSpan, RawSpan) throws(Errno) -> Void
    ) throws(Errno) {
        let number = buffer.number
        let isThere: Void? = try unsafe state.pointee.taken.with(number) { (taken) throws(Errno) in
            let (fixed, most) = (taken.shape.answer, taken.shape.dataIn)
            try taken.answer.withBytes(0..<fixed) { (answer) throws(Errno) in
                try taken.data.withBytes(0..<min(count, most)) { (data) throws(Errno) in try body(answer, data) }
            }
        }
        if isThere == nil { throw .inputOutputError }
    }

    func withLock<Value>(_ body: () -> Value) -> Value {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.tableLock.lock()
        let value = body()
        unsafe state.pointee.tableLock.unlock()
        machine_restore_interrupts(flags)
        return value
    }

    func alone<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        guardian.lock()
        defer { guardian.unlock() }
        return try body()
    }

    func expectDue(at deadline: UInt64) -> Bool { FolderKeeper.expect(deadline) }
}
