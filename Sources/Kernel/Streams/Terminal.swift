import KernelDescriptors
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks

/// The console as a terminal of the kernel's (POSIX.1-2017, 11), where the host
/// says that it is one.
///
/// Until the program changes a setting the host's terminal edits lines and echoes
/// them, and nothing of this is in a program's way. From the first change on the
/// host passes every byte as it is typed, and what a `LineDiscipline` makes of them
/// is read. The descriptors' lock guards it.
enum Terminal {
    /// Sees to it that there is a terminal to ask. No lock may be held.
    ///
    /// - Throws: `ENOMEM`.
    static func start() throws(Errno) {
        try Descriptors.start()
        try Descriptors.locked { state throws(Errno) in
            guard state.terminal == nil else { return }
            let size = LineDiscipline.capacity + LineDiscipline.endCount * 8
            try StreamTable.terminal.fill(to: size, from: 0)
            var terminal = LineDiscipline(
                StreamTable.terminal.storage(of: UInt8.self),
                ends: StreamTable.terminal.storage(
                    of: UInt64.self, at: UInt64(LineDiscipline.capacity)))
            if let (rows, columns) = KernelServices.bootWindow {
                terminal.window = WindowSize(rows: rows, columns: columns)
            }
            state.terminal = terminal
        }
    }

    /// The host's interrupts and the window's changes come to the program from now on.
    static func takeEvents() {
        ConsoleStream.setEventHook { Terminal.lookForChanges(isInterrupt: true) }
        KernelServices.wish(.events)
    }

    /// Takes the terminal from the host.
    private static func take() {
        ConsoleStream.setTerminal(
            ConsoleStream.TerminalOperations(
                read: { Terminal.read(&Transfer[$0]) },
                write: { _, transfer in Terminal.write(&Transfer[transfer]) },
                isReadable: {
                    StreamState.shared.terminal!.isReadable
                        || KernelServices.inputHasEnded
                },
                arrived: { Terminal.arrived() }))
        KernelServices.wish([.raw, .events])
        ConsoleStream.setEventHook { Terminal.lookForChanges(isInterrupt: true) }
        // What has arrived before does not interrupt.
        let flags = StreamState.enter()
        drain()
        leave(flags)
    }

    // MARK: - Signals

    /// Signals that characters have led to and nobody has sent yet, as bits; the
    /// lock guards it.
    nonisolated(unsafe) private static var signals: UInt64 = 0

    /// Gives the lock back, and sends the signals.
    private static func leave(_ flags: UInt64) {
        let signals = takeSignals()
        StreamState.leave(flags)
        send(signals, isInterrupt: false)
    }

    private static func takeSignals() -> UInt64 {
        let taken = unsafe signals
        unsafe signals = 0
        return taken
    }

    private static func send(_ signals: UInt64, isInterrupt: Bool) {
        var rest = signals
        while rest != 0 {
            TerminalSignal.send(rest.trailingZeroBitCount, isInterrupt: isInterrupt)
            rest &= rest - 1
        }
    }

    /// Sends the signals that the host tells of, and notes the window's size.
    private static func lookForChanges(isInterrupt: Bool) {
        let changes = KernelServices.takeTerminalChanges()
        if let (rows, columns) = changes.window {
            let flags = isInterrupt ? 0 : StreamState.enter()
            if isInterrupt { StreamState.lock.lock() }
            StreamState.shared.terminal?.window = WindowSize(
                rows: rows, columns: columns)
            if isInterrupt { StreamState.lock.unlock() } else { StreamState.leave(flags) }
        }
        send(changes.signals, isInterrupt: isInterrupt)
    }

    // MARK: - Input

    /// The port has interrupted; no lock is held.
    private static func arrived() {
        StreamState.lock.lock()
        drain()
        let signals = takeSignals()
        // Whoever was woken runs when the interrupt is over.
        StreamState.shared.hasWoken = false
        StreamState.lock.unlock()
        send(signals, isInterrupt: true)
    }

    /// Takes what the port has, as far as there is room, with the lock.
    private static func drain() {
        var hasMore = false
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        while StreamState.shared.terminal!.takes(bytes.count) {
            let count = KernelServices.takeInput(&bytes)
            if count == 0 { break }
            var echo = TerminalEcho()
            for offset in 0..<count {
                let outcome = StreamState.shared.terminal!.receive(bytes[offset]) {
                    echo.append($0)
                }
                switch outcome {
                case .nothing: break
                case .readable: hasMore = true
                case .restarted: unsafe Descriptors.tell(ConsoleStream.source, .writable)
                case .interrupt: unsafe signals |= 1 << UInt64(TerminalSignal.interrupt)
                case .quit: unsafe signals |= 1 << UInt64(TerminalSignal.quit)
                case .suspend: unsafe signals |= 1 << UInt64(TerminalSignal.suspend)
                }
            }
            StreamState.shared.terminal!.control { echo.append($0) }
            echo.flush()
        }
        if hasMore || KernelServices.inputHasEnded {
            unsafe Descriptors.tell(ConsoleStream.source, .readable)
        }
    }

    private static func read(_ transfer: inout Transfer) -> Int {
        if transfer.remaining == 0 { return 0 }
        var flags = StreamState.enter()
        var deadline: UInt64? = nil
        var known = 0
        while true {
            drain()
            if unsafe signals != 0 {
                leave(flags)
                flags = StreamState.enter()
            }
            let count = StreamState.shared.terminal!.waiting
            guard case .waits(let tenths) = StreamState.shared.terminal!.readState(
                wanted: transfer.remaining)
            else { break }
            if KernelServices.inputHasEnded { break }
            if transfer.isNonBlocking {
                // What there is is less than was asked for, and better than nothing.
                if count > 0, StreamState.shared.terminal!.readable > 0 { break }
                leave(flags)
                return mustWait
            }
            if deadline == nil || count != known, let tenths {
                deadline = Tasks.now + UInt64(tenths) * 100_000_000
            }
            known = count
            let error = wait(.readers, until: tenths == nil ? .max : deadline ?? .max, &flags)
            if error == .timedOut { break }
            if let error {
                leave(flags)
                return error.result
            }
        }
        let moved = hand(to: &transfer)
        drain()
        if StreamState.shared.terminal!.isReadable {
            unsafe Descriptors.tell(ConsoleStream.source, .readable)
        }
        leave(flags)
        return moved
    }

    private enum Waiting { case readers, writers }

    /// Waits for the terminal, with the lock, which is given back meanwhile.
    private static func wait(_ waiting: Waiting, until deadline: UInt64, _ flags: inout UInt64) -> Errno? {
        if ConsoleStream.isPolled {
            leave(flags)
            let isDone = TaskOperations.current?.awaitInput() ?? false
            flags = StreamState.enter()
            if !isDone { return .interrupted }
            return deadline != .max && Tasks.now >= deadline ? .timedOut : nil
        }
        let source = unsafe ConsoleStream.source
        func count(_ number: Int32) {
            if waiting == .readers {
                StreamState.shared.observation.sources[source].readers += number
            } else {
                StreamState.shared.observation.sources[source].writers += number
            }
        }
        count(1)
        let error = StreamState.wait(
            for: waiting == .readers ? .readers(source) : .writers(source), until: deadline)
        count(-1)
        return error
    }

    /// Hands what there is to a read, with the lock.
    private static func hand(to transfer: inout Transfer) -> Int {
        var moved = 0
        while true {
            let left = StreamState.shared.terminal!.readable
            let count = min(left, transfer.remaining, 64)
            var bytes = InlineArray<64, UInt8>(repeating: 0)
            for offset in 0..<count {
                bytes[offset] = StreamState.shared.terminal!.byte(at: offset)
            }
            let copied = transfer.write(bytes, count: count)
            guard copied > 0 || count == 0 else { return moved > 0 ? moved : Errno.badAddress.result }
            let isLast = copied == left
            if copied > 0 || left == 0 {
                StreamState.shared.terminal!.consume(copied)
            }
            moved += copied
            if isLast || copied < count || transfer.remaining == 0 { break }
        }
        control()
        return moved
    }

    /// Asks the terminal to wait or to go on, where it is time for that; with the lock.
    private static func control() {
        var echo = TerminalEcho()
        StreamState.shared.terminal!.control { echo.append($0) }
        echo.flush()
    }

    /// Asks the terminal to wait or to go on (tcflow, TCIOFF and TCION).
    static func ask(_ character: TerminalCharacter) {
        let flags = StreamState.enter()
        var echo = TerminalEcho()
        StreamState.shared.terminal!.ask(character) { echo.append($0) }
        echo.flush()
        leave(flags)
    }

    // MARK: - Output

    private static func write(_ transfer: inout Transfer) -> Int {
        var flags = StreamState.enter()
        defer { leave(flags) }
        while transfer.remaining > 0 {
            while StreamState.shared.terminal!.isStopped {
                if transfer.isNonBlocking { return transfer.done > 0 ? transfer.done : mustWait }
                if let error = wait(.writers, until: .max, &flags) {
                    return transfer.done > 0 ? transfer.done : error.result
                }
            }
            var bytes = InlineArray<64, UInt8>(repeating: 0)
            let count = transfer.read(to: &bytes)
            if count == 0 { return transfer.done > 0 ? transfer.done : Errno.badAddress.result }
            var echo = TerminalEcho()
            for offset in 0..<count {
                StreamState.shared.terminal!.write(bytes[offset]) { echo.append($0) }
            }
            echo.flush()
            if transfer.remaining > 0 {
                // Interrupts and others have a turn.
                leave(flags)
                flags = StreamState.enter()
            }
        }
        return transfer.done
    }

    // MARK: - Requests

    /// When new settings count.
    enum Moment { case now, afterOutput, afterOutputWithoutInput }

    static func set(_ settings: TerminalSettings, _ moment: Moment) {
        let flags = StreamState.enter()
        if moment == .afterOutputWithoutInput {
            StreamState.shared.terminal!.discardInput()
        }
        let isReadable = StreamState.shared.terminal!.set(settings)
        control()
        unsafe Descriptors.tell(ConsoleStream.source, isReadable ? [.readable, .writable] : .writable)
        StreamState.leave(flags)
        take()
    }

    static var settings: TerminalSettings {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        return StreamState.shared.terminal!.settings
    }

    static var window: WindowSize {
        lookForChanges(isInterrupt: false)
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        return StreamState.shared.terminal!.window
    }

    /// Sets the window's size, and tells the program of a change.
    static func setWindow(_ size: WindowSize) {
        let flags = StreamState.enter()
        if StreamState.shared.terminal!.window != size {
            StreamState.shared.terminal!.window = size
            unsafe signals |= 1 << UInt64(TerminalSignal.windowChange)
        }
        leave(flags)
    }

    /// Forgets what was typed and not read.
    static func discardInput() {
        let flags = StreamState.enter()
        StreamState.shared.terminal!.discardInput()
        control()
        leave(flags)
    }

    static func setStopped(_ isStopped: Bool) {
        let flags = StreamState.enter()
        if StreamState.shared.terminal!.setStopped(isStopped) == .restarted {
            unsafe Descriptors.tell(ConsoleStream.source, .writable)
        }
        leave(flags)
    }

    /// Bytes that a read finds.
    static var waiting: Int {
        let flags = StreamState.enter()
        defer { leave(flags) }
        return StreamState.shared.terminal!.waiting
    }
}

/// Bytes on their way to the terminal, some at a time.
private struct TerminalEcho {
    private var bytes = InlineArray<64, UInt8>(repeating: 0)
    private var count = 0

    mutating func append(_ byte: UInt8) {
        if count == bytes.count { flush() }
        bytes[count] = byte
        count += 1
    }

    mutating func flush() {
        let stream = ConsoleStream.outputStream
        guard count > 0, stream != 0 else { return count = 0 }
        KernelServices.write(unsafe bytes.span.bytes.extracting(0..<count), to: stream)
        count = 0
    }
}
