@testable import KernelNetwork

/// What holds of a connection after every event, once its segments were taken.
func brokenInvariants(_ connection: TCP.Connection) -> [String] {
    var broken: [String] = []
    var connection = connection
    func require(_ condition: Bool, _ text: String) {
        if !condition { broken.append(text) }
    }
    let send = connection.send
    let receive = connection.receive
    require(send.unacknowledged.isAtOrBefore(send.next), "SND.UNA <= SND.NXT")
    require(send.next.isAtOrBefore(send.end + 1), "SND.NXT <= end + FIN")
    require(!send.finWasSent || connection.marks.contains(.finQueued), "FIN without CLOSE")
    require(send.flight <= 1 << 30, "flight \(send.flight)")
    // The least segment, less 12 bytes of timestamps.
    require(connection.congestion.window >= 36 && connection.congestion.window <= 1 << 30, "cwnd \(connection.congestion.window)")
    require(connection.congestion.threshold >= 72, "ssthresh \(connection.congestion.threshold)")
    require(connection.pipe <= 2 * send.flight, "pipe \(connection.pipe)")
    if connection.state != .closed, connection.state != .synSent {
        require(receive.next.isAtOrBefore(receive.edge), "RCV.NXT <= edge")
        require(receive.unread <= receive.capacity, "unread \(receive.unread)")
        if connection.state.canReceive {
            require(receive.window <= receive.capacity - receive.unread, "more is offered than there is room")
        }
        require(receive.acknowledged.isAtOrBefore(receive.next), "Last.ACK.sent <= RCV.NXT")
    }
    for i in 0..<connection.reassembly.count {
        let range = connection.reassembly[i]
        require(!range.isEmpty && range.lower.isAfter(receive.next) && range.upper.isAtOrBefore(receive.edge), "reassembly \(i)")
        for j in 0..<i { require(!range.touches(connection.reassembly[j]), "reassembly \(i) touches \(j)") }
    }
    for i in 0..<connection.scoreboard.count {
        let range = connection.scoreboard[i]
        require(!range.isEmpty && range.lower.isAfter(send.unacknowledged) && range.upper.isAtOrBefore(send.next), "scoreboard \(i)")
    }
    // Something always goes on: nothing waits without a timer.
    switch connection.state {
    case .closed: require(connection.deadline == .never || connection.due.contains(.reset), "a timer of a closed connection")
    case .timeWait: require(connection.timers.idle != .never, "TIME-WAIT without an end")
    default:
        if send.flight > 0 { require(connection.timers.retransmission != .never, "flight without a timer") }
        if connection.state.isSynchronized, send.unsent > 0 || connection.hasFinToSend {
            require(connection.timers.retransmission != .never, "unsent text without a timer")
        }
    }
    if connection.state.canReceive, receive.acknowledged != receive.next {
        require(connection.timers.acknowledgment != .never || connection.due.contains(.acknowledgment), "text without an ACK")
    }
    return broken
}
