import KernelDrivers
import KernelSupport

/// What has happened to the host's terminal: signals, as bits, and the window's size.
public struct TerminalChanges: Sendable, BitwiseCopyable {
    public private(set) var signals: UInt64 = 0
    public private(set) var window: (rows: UInt16, columns: UInt16)? = nil

    /// - Parameter event: The bytes of a frame, the last one lowest.
    mutating func add(_ event: UInt64) {
        let number = event >> 32 & 0x3F
        if number != 0 { signals |= 1 << number }
        func swapped(_ shift: UInt64) -> UInt16 {
            UInt16(truncatingIfNeeded: event >> shift).byteSwapped
        }
        window = (swapped(16), swapped(0))
    }
}

/// The machine's side of the program's three standard streams and of the log.
///
/// With the second channel, standard output has the first serial port to
/// itself. Without it everything shares that port, and lines of the log are
/// marked.
struct Console {
    private var output: SerialPort? = nil
    private var channel: HostChannel? = nil
    private var input = ChannelDecoder()
    private var inputEnded = false
    /// Standard input that has arrived and was not yet read.
    private var arrivedBytes: InlineArray<512, UInt8> = .init(repeating: 0)
    private var arrived = 0..<0
    private static let inputSize = 512
    /// What has happened to the terminal and nobody was told; the last event's bytes.
    private(set) var terminalChanges = TerminalChanges()
    private var event: UInt64 = 0
    /// The signal by which the host has asked for the program's end and nobody was told; 0: none.
    private var endRequest: UInt8 = 0
    /// The `HostWish` that the host was told.
    private var wishes: UInt8 = 0
    var level: LogLevel = .warning

    /// The I/O address of the first serial port.
    private static let outputPort: UInt16 = 0x3F8

    /// A console without a port yet.
    @inline(__always)
    init() {}

    /// Uses the first serial port from now on, where there is one.
    mutating func open() { output = SerialPort(base: Self.outputPort) }

    /// A console beside the first one, which can't be reached, on the same ports.
    init(takingOver usesChannel: Bool) {
        output = SerialPort(takingOver: Self.outputPort)
        channel = usesChannel ? HostChannel.takenOver() : nil
    }

    /// Uses the second channel from now on.
    mutating func openChannel() {
        channel = HostChannel()
        if channel == nil { log(.warning, "there is no second serial port for channel=com2") }
    }

    mutating func writeOutput(_ bytes: RawSpan) {
        if let device = OutputDevice.current { return write(bytes, to: device) }
        output?.send(bytes)
    }

    /// Lets a device have the bytes, or the port what the device does not take.
    @inline(never)
    private mutating func write(_ bytes: RawSpan, to device: OutputDevice) {
        var problem: StaticString? = nil
        let taken = unsafe withUnsafeMutablePointer(to: &problem) { problem in
            unsafe bytes.withUnsafeBytes { bytes in
                device.write(
                    UInt(bitPattern: bytes.baseAddress), bytes.count, UInt(bitPattern: problem))
            }
        }
        if let problem { log(.warning, problem) }
        output?.send(bytes.extracting(droppingFirst: taken))
    }

    mutating func writeError(_ bytes: RawSpan) {
        if channel != nil {
            channel!.send(.standardError, bytes)
        } else {
            output?.send(bytes)
        }
    }

    mutating func log(_ level: LogLevel, _ text: RawSpan) {
        guard level <= self.level else { return }
        write(level, text)
    }

    private mutating func write(_ level: LogLevel, _ text: RawSpan) {
        if channel != nil {
            channel!.log(level, text)
            return
        }
        var line = LineBuffer()
        line.append("[hermit] ")
        line.append(level.name)
        line.append(": ")
        line.withBytes { output?.send($0) }
        output?.send(text)
        output?.send(10)
    }

    mutating func log(_ level: LogLevel, _ text: StaticString) {
        var line = LineBuffer()
        line.append(text)
        line.withBytes { log(level, $0) }
    }

    /// Writes a line that was asked for, whatever the log's level is.
    mutating func tell(_ level: LogLevel, _ text: RawSpan) { write(level, text) }

    /// Tells how the next line of the trace will begin, for when none comes.
    mutating func traceBeginning(_ text: RawSpan) { channel?.send(.traceBeginning, text) }

    /// Fills `buffer` with what has arrived, at least one byte; `nil` where
    /// nothing has, 0 at the end of input, and where there is no channel.
    ///
    /// - Throws: `EFAULT` where the first byte can't be written; it is kept.
    mutating func readInput(_ buffer: ApplicationBuffer) throws(Errno) -> Int? {
        guard channel != nil, buffer.count > 0 else { return 0 }
        if arrived.isEmpty && !inputEnded { receiveInput() }
        let count = min(arrived.count, buffer.count)
        guard count > 0 else { return inputEnded ? 0 : nil }
        let start = arrived.lowerBound
        let copied = unsafe withUnsafeBytes(of: arrivedBytes) { bytes in
            unsafe buffer.write(
                UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]), at: 0)
        }
        guard copied > 0 else { throw .badAddress }
        arrived = start + copied..<arrived.upperBound
        return copied
    }

    /// Lets the second channel interrupt when something arrives; `false`: there
    /// is none.
    mutating func letInputInterrupt() -> Bool {
        guard channel != nil else { return false }
        channel!.letReceiveInterrupt()
        return true
    }

    /// Whether `readInput` has something, or the end.
    mutating func hasInput() -> Bool {
        guard channel != nil else { return true }
        if arrived.isEmpty && !inputEnded { receiveInput() }
        return !arrived.isEmpty || inputEnded
    }

    /// Takes what the channel holds now, as far as there is room for it.
    private mutating func receiveInput() {
        if arrived.isEmpty { arrived = 0..<0 }
        while arrived.upperBound < Self.inputSize {
            guard let byte = channel!.receive() else { return }
            switch input.consume(byte) {
            case .payload(.standardInput, let byte) where !inputEnded:
                arrivedBytes[arrived.upperBound] = byte
                arrived = arrived.lowerBound..<arrived.upperBound + 1
            case .payload(.terminalEvent, let byte): event = event << 8 | UInt64(byte)
            case .payload(.endRequest, let byte): endRequest = byte & 0x3F
            default: break
            }
            switch input.finish() {
            case .end(.standardInputEnd): inputEnded = true
            case .end(.terminalEvent): terminalChanges.add(event)
            default: break
            }
        }
    }

    // MARK: - The terminal

    /// Takes what has arrived of standard input; how many bytes.
    mutating func takeInput(_ bytes: inout InlineArray<32, UInt8>) -> Int {
        guard channel != nil else { return 0 }
        if arrived.isEmpty { receiveInput() }
        let count = min(arrived.count, bytes.count)
        for offset in 0..<count { bytes[offset] = arrivedBytes[arrived.lowerBound + offset] }
        arrived = arrived.lowerBound + count..<arrived.upperBound
        return count
    }

    /// Standard input has ended, and all of it was taken.
    var hasEnded: Bool { arrived.isEmpty && (inputEnded || channel == nil) }

    /// Takes what has happened to the terminal, as far as that is in front of
    /// what there is no room for.
    mutating func takeTerminalChanges() -> TerminalChanges {
        if channel != nil { receiveInput() }
        defer { terminalChanges = TerminalChanges() }
        return terminalChanges
    }

    /// Takes the signal by which the host has asked for the program's end, as far as that is in
    /// front of what there is no room for.
    mutating func takeEndRequest() -> Int? {
        if channel != nil { receiveInput() }
        defer { endRequest = 0 }
        return endRequest == 0 ? nil : Int(endRequest)
    }

    /// Tells the host what else the guest wants of it.
    mutating func wish(_ wish: ChannelFrame.HostWish) {
        let all = wishes | wish.rawValue
        guard all != wishes else { return }
        wishes = all
        channel?.send(ChannelFrame.HostWish(rawValue: all))
    }

    /// Tells the host the program's status, after everything written before.
    mutating func finish(status: Int32) {
        output?.drain()
        if channel != nil {
            channel!.exitStatus(status)
            channel!.drain()
            return
        }
        var line = LineBuffer()
        line.append("[hermit] exit status ")
        line.append(decimal: Int(status & 0xFF))
        line.append(10)
        line.withBytes { output?.send($0) }
        output?.drain()
    }
}
