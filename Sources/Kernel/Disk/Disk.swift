import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelScheduling
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVirtio

/// A disk: bytes that last. Any number of tasks may use it at once, each of whose
/// requests has a buffer of its own.
@safe public struct Disk: @unchecked Sendable, BitwiseCopyable {
    let state: UnsafeMutablePointer<DiskState>

    /// After so long a task looks itself: where the device interrupts, and where not.
    private static let interval: UInt64 = 50_000_000
    private static let shortInterval: UInt64 = 200_000
    /// So many interrupts for nothing, one after the other, are enough.
    private static let mostIdleInterrupts = 10_000
    /// The number that stands for a buffer in what a task waits for.
    private static let anyBuffer = 0xFF

    init(_ state: UnsafeMutablePointer<DiskState>) { unsafe self.state = unsafe state }

    /// What the device is; that does not change.
    public var limits: BlockLimits { unsafe state.pointee.device.limits }

    // MARK: - The lock

    func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        unsafe state.pointee.lock.lock()
        return flags
    }

    /// Gives the lock back, and lets those run that were woken.
    func leave(_ flags: UInt64) {
        unsafe state.pointee.lock.unlock()
        Tasks.settle()
        machine_restore_interrupts(flags)
    }

    private func key(_ number: Int) -> WaitKey {
        unsafe WaitKey(.device, UInt64(state.pointee.number << 8 | number))
    }

    func wake(_ number: Int) { _ = Tasks.wake(key(number), count: .max) }

    /// Waits to be told of a buffer, or for a while, with the lock.
    func wait(for number: Int) {
        let interval = unsafe state.pointee.interrupts ? Self.interval : Self.shortInterval
        unsafe state.pointee.sleeping += 1
        unsafe Tasks.waitForDevice(key(number), until: Tasks.now + interval, giving: state.pointee.lock)
        unsafe state.pointee.lock.lock()
        unsafe state.pointee.sleeping -= 1
    }

    /// The device has interrupted, and no lock is held.
    func interrupted() {
        unsafe state.pointee.device.device.bus.acknowledgeInterrupt()
        unsafe state.pointee.lock.lock()
        var isIdle = true
        let isOdd = unsafe state.pointee.device.collect { number in
            isIdle = false
            wake(number)
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

    func wakeAll() {
        for number in unsafe 0..<state.pointee.device.requests.count { wake(number) }
        wake(Self.anyBuffer)
    }

    // MARK: - Buffers

    /// A buffer; waits where all are in use, or somebody writes to a part of the same.
    ///
    /// - Throws: `EIO`: the device is gone.
    func take(toWrite range: Range<UInt64>? = nil) throws(Errno) -> BlockBuffer {
        let flags = enter()
        while true {
            if unsafe state.pointee.device.isGone {
                leave(flags)
                throw .inputOutputError
            }
            if let buffer = unsafe state.pointee.device.requests.take(toWrite: range) {
                leave(flags)
                return buffer
            }
            let count = unsafe state.pointee.device.requests.count
            unsafe state.pointee.addBuffer()
            if unsafe state.pointee.device.requests.count > count { continue }
            unsafe state.pointee.waiting += 1
            wait(for: Self.anyBuffer)
            unsafe state.pointee.waiting -= 1
        }
    }

    /// One more buffer; `nil`: there is none now, or somebody writes to a part of the same.
    func takeAnother(toWrite range: Range<UInt64>? = nil) -> BlockBuffer? {
        let flags = enter()
        defer { leave(flags) }
        guard unsafe !state.pointee.device.isGone else { return nil }
        if let buffer = unsafe state.pointee.device.requests.take(toWrite: range) { return buffer }
        unsafe state.pointee.addBuffer()
        return unsafe state.pointee.device.requests.take(toWrite: range)
    }

    func give(_ buffer: consuming BlockBuffer) {
        let flags = enter()
        unsafe state.pointee.device.requests.give(buffer)
        if unsafe state.pointee.waiting > 0 { wake(Self.anyBuffer) }
        leave(flags)
    }

    /// Has the device do something with a buffer, and waits until it has.
    ///
    /// - Returns: The buffer. Where this throws it is given back.
    /// - Throws: `EIO`; `EOPNOTSUPP`.
    func run(
        _ buffer: consuming BlockBuffer, _ command: BlockCommand, at start: Int = 0
    ) throws(Errno) -> BlockBuffer {
        try end(try begin(buffer, command, at: start), isFlush: command == .flush)
    }

    /// Has the device do something with a buffer, which `end` gives back.
    ///
    /// - Returns: The buffer's number. Where this throws it is given back.
    /// - Throws: `EIO`.
    func begin(
        _ buffer: consuming BlockBuffer, _ command: BlockCommand, at start: Int = 0
    ) throws(Errno) -> Int {
        let number = buffer.number
        var pending: BlockBuffer? = consume buffer
        let flags = enter()
        var problem: StaticString? = nil
        do throws(QueueError) {
            try unsafe state.pointee.device.submit(&pending, command, at: start)
        } catch {
            problem = look(isLate: false)
            // What has broken the queue was another's.
            if case .broken = error {
                try? unsafe state.pointee.device.submit(&pending, command, at: start)
            }
        }
        if let unsent = pending.take() {
            unsafe state.pointee.device.requests.give(unsent)
            leave(flags)
            tell(problem)
            throw .inputOutputError
        }
        leave(flags)
        tell(problem)
        return number
    }

    // MARK: - What a program does

    /// Reads from a place on; fewer bytes at the end.
    ///
    /// - Throws: `EFAULT`, `EIO`, where nothing was read.
    public func read(at offset: UInt64, _ transfer: inout Transfer) throws(Errno) -> Int {
        var done = 0
        while let piece = limits.piece(at: offset + UInt64(done), count: transfer.remaining) {
            do throws(Errno) {
                let buffer = try run(try take(), .read(piece.blocks))
                let moved = buffer.data.withBytes(piece.skip..<piece.skip + piece.count) { bytes in
                    unsafe bytes.withUnsafeBytes { unsafe transfer.write($0) }
                }
                give(buffer)
                done += moved
                if moved < piece.count, !transfer.prepareNext(isWritten: true) { throw .badAddress }
            } catch {
                if done > 0 { break }
                throw error
            }
        }
        return done
    }

    /// Writes from a place on; fewer bytes at the end. Before a flush it may not last.
    ///
    /// - Throws: `EFAULT`, `EIO`, `ENOSPC`, where nothing was written; `EROFS`.
    public func write(at offset: UInt64, _ transfer: inout Transfer) throws(Errno) -> Int {
        guard !limits.isReadOnly else { throw .readOnlyFileSystem }
        var done = 0
        // Bytes that can be touched of what is left, where that was found to end.
        var most = Int.max
        while transfer.remaining > 0 {
            do throws(Errno) {
                guard
                    let piece = limits.piece(
                        at: offset + UInt64(done), count: min(transfer.remaining, most))
                else { throw .noSpace }
                let start = transfer
                var buffer = try prepare(piece)
                let moved = buffer.data.withMutableBytes(piece.skip..<piece.skip + piece.count) { bytes in
                    unsafe bytes.withUnsafeMutableBytes { unsafe transfer.read(to: $0) }
                }
                guard moved == piece.count else {
                    give(buffer)
                    let goesOn = transfer.prepareNext(isWritten: false)
                    transfer = start
                    if goesOn { continue }
                    guard moved > 0 else { throw .badAddress }
                    most = moved
                    continue
                }
                give(try run(buffer, .write(piece.blocks)))
                done += moved
                if most != .max { break }
            } catch {
                if done > 0 { break }
                throw error
            }
        }
        return done
    }

    /// A buffer for a piece that is to be written, with what is not of it in its first and
    /// last block. Nobody else writes to these blocks until it is given back.
    private func prepare(_ piece: BlockPiece) throws(Errno) -> BlockBuffer {
        var buffer = try take(toWrite: piece.blocks)
        if piece.isFirstPartial { buffer = try run(buffer, .read(piece.firstBlock)) }
        if piece.isLastPartial {
            buffer = try run(buffer, .read(piece.lastBlock), at: piece.size - limits.blockSize)
        }
        return buffer
    }

    /// What was written before lasts when this returns.
    ///
    /// - Throws: `EIO`.
    public func flush() throws(Errno) {
        guard limits.needsFlush else { return }
        give(try run(try take(), .flush))
    }

    /// What lies in a range is of no more interest, as far as the device's units go.
    ///
    /// - Throws: `EINVAL`: it is not all on the disk, or not of whole blocks; `EOPNOTSUPP`,
    ///   `EROFS`, `EIO`.
    public func discard(_ start: UInt64, count: UInt64) throws(Errno) {
        guard !limits.isReadOnly else { throw .readOnlyFileSystem }
        guard limits.discardSize > 0 else { throw .notSupported }
        let block = UInt64(limits.blockSize)
        guard start <= limits.size, count <= limits.size - start, start % block == 0, count % block == 0
        else { throw .invalidArgument }
        let unit = limits.discardAlignment
        var place = (start + unit - 1) / unit * unit
        let end = (start + count) / unit * unit
        while place < end {
            let range = place..<min(end, place + limits.discardSize)
            give(try run(try take(toWrite: range), .discard(range)))
            place = range.upperBound
        }
    }
}
