import KernelNetwork
import KernelNetworkCards

extension HostCounters {
    /// All that the host has counted until now: each number is one that there was meanwhile.
    @inline(never)
    static func sum(into all: inout HostCounters) {
        for core in 0..<HostCounts.cores {
            all.add(HostCounts.connections(ofCore: core))
            let (four, six) = (HostCounts.version(ofCore: core, isV6: false), HostCounts.version(ofCore: core, isV6: true))
            Self.add(four, to: &all.ip, &all.udp)
            Self.add(six, to: &all.ip6, &all.udp6)
            all.tcp.inSegments &+= four.localSegments &+ six.localSegments
            all.tcp.outSegments &+= four.localSegments &+ six.localSegments &+ four.remoteSegments &+ six.remoteSegments
        }
        SocketState.locked { state in
            all.icmp += state.counters.icmp
            all.icmp6 += state.counters.icmp6
        }
        // As long as there is the loopback alone it has no record.
        for number in 0..<(InterfaceState.isThere ? InterfaceState.count : 0) {
            InterfaceState.locked { all.add($0.network.interfaces.span[number]) }
        }
        all.tcp.currentlyEstablished = SocketLines.established
    }

    private mutating func add(_ counts: HostCounts.Connections) {
        tcp.activeOpens &+= counts.activeOpens
        tcp.passiveOpens &+= counts.passiveOpens
        tcp.failedAttempts &+= counts.failedAttempts
        tcp.establishedResets &+= counts.establishedResets
        tcp.retransmitted &+= counts.retransmitted
        tcp.outResets &+= counts.outResets
    }

    private static func add(_ counts: HostCounts.Version, to ip: inout IPCounters, _ udp: inout UDPCounters) {
        let local = counts.localSegments &+ counts.localOthers
        ip.inReceives &+= local &+ counts.looped
        ip.inDelivers &+= local &+ counts.looped
        ip.outRequests &+= local &+ counts.remoteRequests
        ip.outNoRoutes &+= counts.outNoRoutes
        udp.inDatagrams &+= counts.inDatagrams
        udp.outDatagrams &+= counts.outDatagrams
        udp.noPorts &+= counts.noPorts
        udp.withoutRoom &+= counts.withoutRoom
        udp.inErrors &+= counts.withoutRoom
        udp.ignoredGroups &+= counts.ignoredGroups
    }
}

extension InterfaceCounters {
    /// The loopback's: what is sent comes.
    static var loopback: InterfaceCounters {
        var all = InterfaceCounters()
        for core in 0..<HostCounts.cores {
            add(HostCounts.version(ofCore: core, isV6: false), to: &all.sent)
            add(HostCounts.version(ofCore: core, isV6: true), to: &all.sent)
        }
        all.received = all.sent
        return all
    }

    private static func add(_ counts: HostCounts.Version, to sum: inout Direction) {
        sum.packets &+= counts.localSegments &+ counts.localOthers
        sum.bytes &+= counts.localBytes
    }

    /// Those of a card's interface; `nil`: there are not so many.
    @inline(never)
    static func card(_ number: Int) -> InterfaceCounters? {
        guard number + 1 < InterfaceState.count, let card = NetworkCards.card(number) else { return nil }
        let counters = card.counters
        var all = InterfaceCounters()
        all.received.packets = counters.received
        all.received.bytes = counters.receivedBytes
        all.sent.packets = counters.sent
        all.sent.bytes = counters.sentBytes
        all.sent.dropped = counters.dropped
        let link = InterfaceState.locked { $0.network.interfaces.span[number + 1].link }
        all.received.dropped = link.unknown
        all.groups = link.groups
        return all
    }
}
