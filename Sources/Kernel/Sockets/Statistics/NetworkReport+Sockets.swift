import KernelMain
import KernelNetwork
import KernelNetworkCards
import KernelSupport

extension NetworkReport {
    /// Tells of sockets and interfaces from now on.
    static func startSockets() {
        start(
            NetworkReport(
                line: { NetworkReport.line($0, $1, $2, $3) }, text: { NetworkReport.text($0, $1, $2, $3) },
                tell: { NetworkReport.tell() }))
    }

    private static func line(_ number: UInt8, _ place: UInt, _ address: UInt, _ count: Int) -> Int {
        guard let file = File(rawValue: number) else { return 0 }
        return withText(address, count, skip: 0) { text in
            let isThere =
                switch file {
                case .tcp: SocketLines.writeConnection(isV6: false, &ListPlace[place], to: &text)
                case .tcp6: SocketLines.writeConnection(isV6: true, &ListPlace[place], to: &text)
                case .udp: SocketLines.writeDatagrams(isV6: false, &ListPlace[place], to: &text)
                case .udp6: SocketLines.writeDatagrams(isV6: true, &ListPlace[place], to: &text)
                case .dev, .snmp: false
                }
            return isThere ? text.count : 0
        }
    }

    private static func text(_ number: UInt8, _ address: UInt, _ count: Int, _ skip: Int64) -> Int {
        withText(address, count, skip: skip) { text in
            switch File(rawValue: number) {
            case .dev?: writeInterfaces(to: &text)
            case .snmp?: writeCounters(to: &text)
            default: break
            }
            return text.length
        }
    }

    private static func withText(
        _ address: UInt, _ count: Int, skip: Int64, _ body: (inout TextWindow) -> Int
    ) -> Int {
        var bytes = unsafe UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: address), count: count
        ).mutableBytes
        var text = TextWindow(bytes._mutatingExtracting(0..<count), skip: skip)
        return body(&text)
    }

    @inline(never)
    private static func writeInterfaces(to text: inout TextWindow) {
        InterfaceCounters.writeHeader(to: &text)
        InterfaceCounters.loopback.write(card: nil, to: &text)
        var number = 0
        while let card = InterfaceCounters.card(number) {
            card.write(card: number, to: &text)
            number += 1
        }
    }

    @inline(never)
    private static func writeCounters(to text: inout TextWindow) {
        var all = HostCounters()
        HostCounters.sum(into: &all)
        all.writeSNMP(to: &text)
    }

    // MARK: - At the end

    private static func tell() {
        tell(InterfaceCounters.loopback, card: nil)
        var number = 0
        while let card = InterfaceCounters.card(number) {
            tell(card, card: number)
            tellPairs(ofCard: number)
            number += 1
        }
        var all = HostCounters()
        HostCounters.sum(into: &all)
        tell(all)
    }

    /// Of a card with several pairs of queues each is told, too.
    private static func tellPairs(ofCard number: Int) {
        guard let card = NetworkCards.card(number), card.pairCount > 1 else { return }
        for place in 0..<card.pairCount {
            let counters = card.pair(place).counters
            var line = LineBuffer()
            line.append("network eth")
            line.append(decimal: number)
            line.append(" queues ")
            line.append(decimal: place)
            append(": ", counters.received, " packets of ", &line)
            append("", counters.receivedBytes, " bytes received; ", &line)
            append("", counters.sent, " of ", &line)
            append("", counters.sentBytes, " bytes sent, ", &line)
            append("", counters.dropped, " dropped", &line)
            KernelServices.tell(&line)
        }
    }

    private static func tell(_ counters: InterfaceCounters, card number: Int?) {
        var line = LineBuffer()
        if let number {
            line.append("network eth")
            line.append(decimal: number)
        } else {
            line.append("network lo")
        }
        append(": ", counters.received.packets, " packets of ", &line)
        append("", counters.received.bytes, " bytes received, ", &line)
        append("", counters.received.dropped, " dropped; ", &line)
        append("", counters.sent.packets, " of ", &line)
        append("", counters.sent.bytes, " bytes sent, ", &line)
        append("", counters.sent.dropped, " dropped", &line)
        KernelServices.tell(&line)
    }

    @inline(never)
    private static func tell(_ all: HostCounters) {
        var line = LineBuffer()
        append("network ip: ", all.ip.inReceives &+ all.ip6.inReceives, " packets received, ", &line)
        append("", all.ip.inDelivers &+ all.ip6.inDelivers, " delivered, ", &line)
        append("", all.ip.inHeaderErrors &+ all.ip6.inHeaderErrors, " with wrong headers, ", &line)
        append("", all.ip.inAddressErrors &+ all.ip6.inAddressErrors, " for others, ", &line)
        append("", all.ip.outRequests &+ all.ip6.outRequests, " sent, ", &line)
        append("", all.ip.outNoRoutes &+ all.ip6.outNoRoutes, " without a route", &line)
        KernelServices.tell(&line)
        line = LineBuffer()
        append("network tcp: ", all.tcp.activeOpens, " active opens, ", &line)
        append("", all.tcp.passiveOpens, " passive, ", &line)
        append("", all.tcp.failedAttempts, " failed, ", &line)
        append("", all.tcp.establishedResets, " reset; ", &line)
        append("", all.tcp.inSegments, " segments received, ", &line)
        append("", all.tcp.inErrors, " wrong, ", &line)
        append("", all.tcp.outSegments, " sent, ", &line)
        append("", all.tcp.retransmitted, " of them again, ", &line)
        append("", all.tcp.outResets, " resets", &line)
        KernelServices.tell(&line)
        line = LineBuffer()
        append("network udp: ", all.udp.inDatagrams &+ all.udp6.inDatagrams, " datagrams received, ", &line)
        append("", all.udp.noPorts &+ all.udp6.noPorts, " for no socket, ", &line)
        append("", all.udp.withoutRoom &+ all.udp6.withoutRoom, " without room, ", &line)
        append("", all.udp.inErrors &+ all.udp6.inErrors, " lost in all, ", &line)
        append("", all.udp.outDatagrams &+ all.udp6.outDatagrams, " sent", &line)
        KernelServices.tell(&line)
    }

    private static func append(_ front: StaticString, _ number: UInt64, _ text: StaticString, _ line: inout LineBuffer) {
        line.append(front)
        line.append(decimal: Int(truncatingIfNeeded: number))
        line.append(text)
    }
}
