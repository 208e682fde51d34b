import KernelDrivers
import KernelSupport

/// The machine's side of the program's three standard streams and of the log.
///
/// With the second channel, standard output has the first serial port to
/// itself. Without it everything shares that port, and lines of the log are
/// marked.
struct Console {
    private var output: SerialPort?
    private var channel: HostChannel?
    private var input = ChannelDecoder()
    private var inputEnded = false
    var level: LogLevel = .warning

    /// The I/O address of the first serial port.
    private static let outputPort: UInt16 = 0x3F8

    init() {
        output = SerialPort(base: Self.outputPort)
    }

    /// Uses the second channel from now on.
    mutating func openChannel() {
        channel = HostChannel()
        if channel == nil { log(.warning, "there is no second serial port for channel=com2") }
    }

    mutating func writeOutput(_ bytes: RawSpan) {
        output?.send(bytes)
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

    /// Fills `buffer` with what has arrived, at least one byte; waits for it.
    /// 0 at the end of input, and where there is no channel.
    mutating func readInput(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard channel != nil, !inputEnded, buffer.count > 0 else { return 0 }
        var count = 0
        while count < buffer.count {
            guard let byte = channel!.receive() else {
                if count > 0 { return count }
                continue
            }
            if case .payload(.standardInput, let byte) = input.consume(byte) {
                unsafe buffer[count] = byte
                count += 1
            }
            if input.finish() == .end(.standardInputEnd) {
                inputEnded = true
                return count
            }
        }
        return count
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
