import KernelMachine
import KernelSupport

/// The framed channel to the host on the second serial port.
///
/// It carries the application's standard error, the log and the exit status
/// out, and standard input in.
public struct HostChannel {
    private var port: SerialPort

    /// The I/O address of the second serial port.
    public static let portBase: UInt16 = 0x2F8
    /// The version that the first frame tells.
    public static let protocolVersion: UInt8 = 1

    /// Opens the channel and greets the host; `nil` when there is no port.
    public init?() {
        guard let port = SerialPort(base: Self.portBase) else { return nil }
        self.port = port
        sendHeader(.hello, count: 1)
        self.port.send(Self.protocolVersion)
    }

    private init(port: SerialPort) { self.port = port }

    /// The channel that somebody has opened before.
    public static func takenOver() -> HostChannel {
        HostChannel(port: SerialPort(takingOver: portBase))
    }

    private mutating func sendHeader(_ kind: ChannelFrame.Kind, count: Int) {
        let header = ChannelFrame.header(kind, payloadCount: count)
        for i in 0..<4 { port.send(header[i]) }
    }

    /// Sends `bytes` as frames of one kind, cut where they are too long for one.
    public mutating func send(_ kind: ChannelFrame.Kind, _ bytes: RawSpan) {
        var rest = bytes
        repeat {
            let piece = rest.extracting(first: ChannelFrame.maximumPayload)
            sendHeader(kind, count: piece.byteCount)
            port.send(piece)
            rest = rest.extracting(droppingFirst: piece.byteCount)
        } while !rest.isEmpty
    }

    /// Sends one line of the log, cut at what fits in a frame.
    public mutating func log(_ level: LogLevel, _ text: RawSpan) {
        let piece = text.extracting(first: ChannelFrame.maximumPayload - 1)
        sendHeader(.log, count: piece.byteCount + 1)
        port.send(level.rawValue)
        port.send(piece)
    }

    /// Tells the program's exit status.
    public mutating func exitStatus(_ status: Int32) {
        sendHeader(.exitStatus, count: 4)
        let bits = UInt32(bitPattern: status)
        for shift in 0..<4 { port.send(UInt8(truncatingIfNeeded: bits >> UInt32(8 * shift))) }
    }

    /// Tells what the guest wants of the host.
    public mutating func send(_ wish: ChannelFrame.HostWish) {
        sendHeader(.wish, count: 1)
        port.send(wish.rawValue)
    }

    /// Lets the port interrupt when a byte has arrived and none was there.
    public mutating func letReceiveInterrupt() { port.letReceiveInterrupt() }

    /// The next byte from the host, if one has arrived.
    public mutating func receive() -> UInt8? { port.receive() }

    /// Waits until everything sent has left.
    public mutating func drain() { port.drain() }
}
