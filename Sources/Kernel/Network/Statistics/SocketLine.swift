import KernelSupport
import KernelWire

/// What a line of `/proc/net/tcp` or `/proc/net/udp` says of one socket, for which version of IP
/// whatever (proc(5); Linux, `get_tcp4_sock` and its kin): the numbers, ready to be written.
public struct SocketLine: Equatable, Sendable, BitwiseCopyable {
    /// Which timer runs (`tr`).
    public enum Timer: UInt8, Sendable, BitwiseCopyable {
        case none = 0
        /// Something is sent again, or waits for its acknowledgment.
        case retransmission = 1
        /// Keep-alive, or another one of the socket's own.
        case idle = 2
        case timeWait = 3
        /// Of a window that is closed.
        case windowProbe = 4
    }

    /// What is behind the columns that all have.
    public enum Rest: Equatable, Sendable, BitwiseCopyable {
        /// Of what is no whole socket any more, or not yet.
        case nothing
        /// Timeouts in hundredths of a second; windows in segments, a threshold of -1: there is none.
        case connection(timeout: UInt64, acknowledgment: UInt64, window: UInt32, threshold: Int64)
        case drops(UInt64)
    }

    /// `sl`: a running number, or that of a place.
    public var number: UInt64
    public var local: Endpoint
    public var remote: Endpoint
    /// `TCP.State.number`, `listening`, or `unconnected` for datagrams without another end.
    public var state: UInt8
    public var sendQueue: UInt32 = 0
    public var receiveQueue: UInt32 = 0
    public var timer = Timer.none
    /// Until it expires.
    public var wait = Interval.zero
    public var retransmissions: UInt32 = 0
    /// Probes without an answer (`timeout`).
    public var probes: UInt32 = 0
    /// `st_ino` of its descriptor; 0: it has none.
    public var inode: UInt64 = 0
    public var rest = Rest.nothing

    public init(number: UInt64, local: Endpoint, remote: Endpoint, state: UInt8) {
        self.number = number
        self.local = local
        self.remote = remote
        self.state = state
    }

    public static var established: UInt8 { TCP.State.established.number }
    public static var unconnected: UInt8 { TCP.State.closed.number }
    public static var listening: UInt8 { 10 }

    // MARK: - Headers

    /// What lines of connections begin with.
    public static func writeConnectionsHeader(isV6: Bool, to text: inout TextWindow) {
        if isV6 {
            text.append("  sl  ")
            writeHeader6(to: &text)
            text.append("\n")
        } else {
            text.append("  sl  local_address rem_address   st ")
            text.append("tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")
            end(connectionWidth, &text)
        }
    }

    /// What lines of datagrams' sockets begin with.
    public static func writeDatagramsHeader(isV6: Bool, to text: inout TextWindow) {
        if isV6 {
            text.append("  sl  ")
            writeHeader6(to: &text)
            text.append(" ref pointer drops\n")
        } else {
            text.append("   sl  local_address rem_address   st ")
            text.append("tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops")
            end(datagramWidth, &text)
        }
    }

    private static func writeHeader6(to text: inout TextWindow) {
        text.append("local_address                         remote_address                        ")
        text.append("st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")
    }

    // MARK: - Lines

    /// Lines of IPv4 have so many bytes before their end, filled with blanks.
    private static var connectionWidth: Int { 149 }
    private static var datagramWidth: Int { 127 }

    /// Writes it as `/proc/net/tcp` has it, or `tcp6`.
    public func writeConnection(isV6: Bool, to text: inout TextWindow) {
        text.append(number, width: 4)
        writeColumns(isV6, &text)
        Self.end(isV6 ? 0 : Self.connectionWidth, &text)
    }

    /// Writes it as `/proc/net/udp` has it, or `udp6`.
    public func writeDatagrams(isV6: Bool, to text: inout TextWindow) {
        text.append(number, width: 5)
        writeColumns(isV6, &text)
        Self.end(isV6 ? 0 : Self.datagramWidth, &text)
    }

    private static func end(_ width: Int, _ text: inout TextWindow) {
        text.pad(to: width)
        text.append("\n")
    }

    private func writeColumns(_ isV6: Bool, _ text: inout TextWindow) {
        text.append(": ")
        Self.write(local, isV6, &text)
        text.append(" ")
        Self.write(remote, isV6, &text)
        text.append(" ")
        Self.write(UInt64(state), 2, &text)
        text.append(" ")
        Self.write(UInt64(sendQueue), 8, &text)
        text.append(":")
        Self.write(UInt64(receiveQueue), 8, &text)
        text.append(" ")
        Self.write(UInt64(timer.rawValue), 2, &text)
        text.append(":")
        Self.write(timer == .none ? 0 : wait.ticks, 8, &text)
        text.append(" ")
        Self.write(UInt64(retransmissions), 8, &text)
        // Everybody is user 0.
        text.append("     0 ")
        text.append(UInt64(probes), width: 8)
        text.append(" ")
        text.append(inode)
        // References, and where it lies, which nobody is told (`kptr_restrict`).
        text.append(" 1 0000000000000000")
        switch rest {
        case .nothing: break
        case .connection(let timeout, let acknowledgment, let window, let threshold):
            text.append(" ")
            text.append(timeout)
            text.append(" ")
            text.append(acknowledgment)
            text.append(" 0 ")
            text.append(UInt64(window))
            text.append(threshold < 0 ? " -" : " ")
            text.append(threshold.magnitude)
        case .drops(let count):
            text.append(" ")
            text.append(count)
        }
    }

    private static func write(_ number: UInt64, _ width: Int, _ text: inout TextWindow) {
        text.append(hexadecimal: number, width: width, isCapital: true)
    }

    /// Words of an address are written as a little-endian processor reads them.
    private static func write(_ end: Endpoint, _ isV6: Bool, _ text: inout TextWindow) {
        if isV6 {
            let (high, low) = end.address.words
            write(high >> 32, &text)
            write(high, &text)
            write(low >> 32, &text)
            write(low, &text)
        } else {
            write(end.address.words.low, &text)
        }
        text.append(":")
        write(UInt64(end.port.number), 4, &text)
    }

    private static func write(_ word: UInt64, _ text: inout TextWindow) {
        write(UInt64(UInt32(truncatingIfNeeded: word).byteSwapped), 8, &text)
    }
}

extension Interval {
    /// Whole hundredths of a second (USER_HZ).
    public var ticks: UInt64 { nanoseconds / 10_000_000 }
}
