import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks

/// What TCP's longer options are.
enum TCPInformation {
    /// Bytes of `struct hermit_tcp_info`.
    static var size: Int { MemoryLayout<TCP.Information>.size }

    /// Names of TCP_CONGESTION, the first letter being the lowest byte.
    static let cubic: UInt64 = 0x63_6962_7563
    static let reno: UInt64 = 0x6F6E_6572

    // MARK: - TCP_DEFER_ACCEPT

    /// A listener's SYN,ACK goes out again after 1, 2, 4 seconds and so on.
    ///
    /// - Returns: How many times within that many seconds, and those in which it is done so
    ///   often: what the option is then (Linux).
    private static func series(_ seconds: Int32) -> (count: UInt8, seconds: Int32) {
        guard seconds > 0 else { return (0, 0) }
        var (count, sum, step): (UInt8, Int32, Int32) = (1, 1, 1)
        while sum < seconds, count < .max {
            step = min(step * 2, 120)
            sum += step
            count += 1
        }
        return (count, sum)
    }

    static func retransmissions(_ seconds: Int32) -> UInt8 { series(seconds).count }
    static func deferral(_ seconds: Int32) -> Int32 { series(seconds).seconds }
}

extension TCP.Information: PassedByAddress {}

extension SocketHandle {
    /// TCP_INFO; with the lock.
    func tell(to information: inout TCP.Information) {
        if it.hasConnection {
            information = tcp.information(now: Instant(nanoseconds: Tasks.now))
            return
        }
        information = TCP.Information()
        guard it.phase == .listening else {
            information.state = TCP.State.closed.number
            return
        }
        information.state = 10
        // Of one that listens: connections that wait, and that may (Linux, tcp_get_info).
        information.unacknowledged = UInt32(clamping: it.listener.it.tcp.waiting)
        information.selective = UInt32(clamping: it.listener.it.tcp.backlog - 1)
    }
}
