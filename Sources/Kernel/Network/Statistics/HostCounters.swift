import KernelSupport

/// All that a host counts, as `/proc/net/snmp` has it.
public struct HostCounters: Equatable, Sendable, BitwiseCopyable {
    public var ip = IPCounters()
    public var reassembly = ReassemblyCounters()
    public var icmp = ICMPCounters()
    public var tcp = TCPCounters()
    public var udp = UDPCounters()
    public var ip6 = IPCounters()
    public var reassembly6 = ReassemblyCounters()
    public var icmp6 = ICMPCounters()
    public var udp6 = UDPCounters()

    public init() {}

    /// Adds what an interface has counted.
    public mutating func add(_ interface: borrowing NetworkInterface) {
        ip += interface.ip
        ip6 += interface.ip6
        icmp += interface.icmp
        icmp6 += interface.icmp6
        reassembly += interface.reassembly.counters - interface.reassembly.counters6
        reassembly6 += interface.reassembly.counters6
        tcp.inSegments &+= interface.tcp.inSegments
        tcp.inErrors &+= interface.tcp.inErrors
        tcp.inChecksumErrors &+= interface.tcp.inChecksumErrors
        Self.add(interface.udp, to: &udp)
        Self.add(interface.udp6, to: &udp6)
    }

    private static func add(_ counters: TransportCounters, to udp: inout UDPCounters) {
        udp.noPorts &+= counters.noPorts
        udp.inErrors &+= counters.inErrors
        udp.inChecksumErrors &+= counters.inChecksumErrors
    }

    // MARK: - As a text

    /// Writes `/proc/net/snmp` (RFC 1213's groups by RFC 4293's, 4022's and 4113's names): of each
    /// group a line of names and one of numbers. TCP is that of both versions, all else IPv4's.
    public func writeSNMP(to text: inout TextWindow) {
        writeIP(to: &text)
        writeICMP(to: &text)
        writeICMPTypes(to: &text)
        text.append("Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails ")
        text.append("EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\nTcp: 1")
        Self.write(UInt64(TCP.Limits.leastTimeout / 1000), &text)
        Self.write(UInt64(TCP.Limits.greatestTimeout / 1000), &text)
        text.append(" -1")
        Self.write(tcp.activeOpens, &text)
        Self.write(tcp.passiveOpens, &text)
        Self.write(tcp.failedAttempts, &text)
        Self.write(tcp.establishedResets, &text)
        Self.write(tcp.currentlyEstablished, &text)
        Self.write(tcp.inSegments, &text)
        Self.write(tcp.outSegments, &text)
        Self.write(tcp.retransmitted, &text)
        Self.write(tcp.inErrors, &text)
        Self.write(tcp.outResets, &text)
        Self.write(tcp.inChecksumErrors, &text)
        text.append("\n")
        Self.writeUDP("Udp:", udp, to: &text)
        // There are no such sockets.
        Self.writeUDP("UdpLite:", UDPCounters(), to: &text)
    }

    private func writeIP(to text: inout TextWindow) {
        text.append("Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams ")
        text.append("InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ")
        text.append("ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits\n")
        // It does not forward.
        text.append("Ip: 2 64")
        Self.write(ip.inReceives, &text)
        Self.write(ip.inHeaderErrors, &text)
        Self.write(ip.inAddressErrors, &text)
        Self.write(0, &text)
        Self.write(ip.inUnknownProtocols, &text)
        Self.write(ip.inDiscards, &text)
        Self.write(ip.inDelivers, &text)
        Self.write(ip.outRequests, &text)
        Self.write(ip.outDiscards, &text)
        Self.write(ip.outNoRoutes, &text)
        Self.write(reassembly.timeouts, &text)
        Self.write(reassembly.requests, &text)
        Self.write(reassembly.successes, &text)
        Self.write(reassembly.failures, &text)
        Self.write(ip.fragmented, &text)
        Self.write(ip.fragmentFailures, &text)
        Self.write(ip.fragmentsCreated, &text)
        Self.write(ip.outRequests &- ip.fragmented &+ ip.fragmentsCreated, &text)
        text.append("\n")
    }

    /// The types that have names, in their order.
    private static var types: InlineArray<11, UInt8> { [3, 11, 12, 4, 5, 8, 0, 13, 14, 17, 18] }

    private func writeICMP(to text: inout TextWindow) {
        text.append("Icmp: InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs ")
        text.append("InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks ")
        text.append("InAddrMaskReps OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs ")
        text.append("OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps ")
        text.append("OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps\nIcmp:")
        Self.write(icmp.inMessages, &text)
        Self.write(icmp.inErrors &+ icmp.inChecksumErrors, &text)
        Self.write(icmp.inChecksumErrors, &text)
        for index in 0..<11 { Self.write(icmp.inTypes[Self.types[index]], &text) }
        Self.write(icmp.outMessages, &text)
        // Those of lack of memory; and which of the two limits it was is not told apart.
        Self.write(0, &text)
        Self.write(0, &text)
        Self.write(icmp.outRateLimited, &text)
        for index in 0..<11 { Self.write(icmp.outTypes[Self.types[index]], &text) }
        text.append("\n")
    }

    /// A line that is only there where something was counted.
    private func writeICMPTypes(to text: inout TextWindow) {
        var hasAny = false
        for type in 0..<UInt8(32) where icmp.inTypes[type] | icmp.outTypes[type] != 0 { hasAny = true }
        guard hasAny else { return }
        text.append("IcmpMsg:")
        for type in 0..<UInt8(32) where icmp.inTypes[type] != 0 {
            text.append(" InType")
            text.append(UInt64(type))
        }
        for type in 0..<UInt8(32) where icmp.outTypes[type] != 0 {
            text.append(" OutType")
            text.append(UInt64(type))
        }
        text.append("\nIcmpMsg:")
        for type in 0..<UInt8(32) where icmp.inTypes[type] != 0 { Self.write(icmp.inTypes[type], &text) }
        for type in 0..<UInt8(32) where icmp.outTypes[type] != 0 { Self.write(icmp.outTypes[type], &text) }
        text.append("\n")
    }

    private static func writeUDP(_ name: StaticString, _ udp: UDPCounters, to text: inout TextWindow) {
        text.append(name)
        text.append(" InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors ")
        text.append("IgnoredMulti MemErrors\n")
        text.append(name)
        write(udp.inDatagrams, &text)
        write(udp.noPorts, &text)
        write(udp.inErrors, &text)
        write(udp.outDatagrams, &text)
        write(udp.withoutRoom, &text)
        write(0, &text)
        write(udp.inChecksumErrors, &text)
        write(udp.ignoredGroups, &text)
        write(0, &text)
        text.append("\n")
    }

    private static func write(_ number: UInt64, _ text: inout TextWindow) {
        text.append(" ")
        text.append(number)
    }
}
