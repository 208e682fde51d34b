@testable import KernelNetwork
import KernelSupport
import KernelWire
import Testing

/// `/proc/net` as texts. What is expected are lines that Linux has printed (6.18), with addresses of
/// memory and numbers of inodes made those of the test, or is written from proc(5).
@Suite("Network: statistics as texts (proc(5); RFC 4022, RFC 4113, RFC 4293)")
struct StatisticsTests {
    private func text(_ body: (inout TextWindow) -> Void) -> String {
        var bytes = [UInt8](repeating: 0, count: 8192)
        var count = 0
        do {
            var span = bytes.mutableSpan
            var raw = span.mutableBytes
            var window = TextWindow(raw._mutatingExtracting(0..<8192), skip: 0)
            body(&window)
            count = window.count
            #expect(window.length == count)
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private func end(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ port: UInt16) -> Endpoint {
        Endpoint(.v4(IPv4Address(a, b, c, d)), Port(port))
    }

    private func padded(_ line: String, _ width: Int) -> String {
        line + String(repeating: " ", count: width - line.utf8.count) + "\n"
    }

    @Test func headers() {
        #expect(
            text { SocketLine.writeConnectionsHeader(isV6: false, to: &$0) }
                == padded(
                    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", 149))
        #expect(
            text { SocketLine.writeConnectionsHeader(isV6: true, to: &$0) }
                == "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n")
        #expect(
            text { SocketLine.writeDatagramsHeader(isV6: false, to: &$0) }
                == padded(
                    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops",
                    127))
        #expect(
            text { SocketLine.writeDatagramsHeader(isV6: true, to: &$0) }
                == "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n")
    }

    @Test func connections() {
        var line = SocketLine(number: 0, local: end(0, 0, 0, 0, 2024), remote: end(0, 0, 0, 0, 0), state: SocketLine.listening)
        line.inode = 1122
        line.rest = .connection(timeout: 100, acknowledgment: 0, window: 10, threshold: 0)
        #expect(
            text { line.writeConnection(isV6: false, to: &$0) }
                == padded(
                    "   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1122 1 0000000000000000 100 0 0 10 0",
                    149))
        // 3000 bytes on their way, sent again after 0.23 s, twice before.
        line = SocketLine(
            number: 12_345, local: end(192, 0, 2, 17, 80), remote: end(198, 51, 100, 254, 65_535), state: SocketLine.established)
        line.sendQueue = 3000
        line.receiveQueue = 0xabcdef
        line.timer = .retransmission
        line.wait = .milliseconds(239)
        line.retransmissions = 2
        line.probes = 3
        line.inode = 987_654_321
        line.rest = .connection(timeout: 20, acknowledgment: 4, window: 7, threshold: -1)
        #expect(
            text { line.writeConnection(isV6: false, to: &$0) }
                == padded(
                    "12345: 110200C0:0050 FE6433C6:FFFF 01 00000BB8:00ABCDEF 01:00000017 00000002     0        3 987654321 1 0000000000000000 20 4 0 7 -1",
                    149))
        line = SocketLine(number: 3, local: end(127, 0, 0, 1, 1), remote: end(127, 0, 0, 1, 2), state: TCP.State.timeWait.number)
        line.timer = .timeWait
        line.wait = .seconds(60)
        #expect(
            text { line.writeConnection(isV6: false, to: &$0) }
                == padded(
                    "   3: 0100007F:0001 0100007F:0002 06 00000000:00000000 03:00001770 00000000     0        0 0 1 0000000000000000", 149))
        // A timer that does not run has no time.
        line.timer = .none
        #expect(text { line.writeConnection(isV6: false, to: &$0) }.contains(" 00:00000000 "))
        // The longest of all is a line, and nothing is cut off.
        line = SocketLine(
            number: .max, local: Endpoint(.v6(IPv6Address(high: .max, low: .max)), Port(.max)),
            remote: Endpoint(.v6(IPv6Address(high: .max, low: .max)), Port(.max)), state: 11)
        line.inode = .max
        line.rest = .connection(timeout: 12_000, acknowledgment: 4, window: .max, threshold: Int64(UInt32.max))
        #expect(text { line.writeConnection(isV6: true, to: &$0) }.utf8.count <= 256)
    }

    @Test func connections6() {
        var line = SocketLine(
            number: 1, local: Endpoint(.v6(IPv6Address(high: 0x2001_0db8_0001_0203, low: 0x0405_0607_0809_0a0b)), Port(443)),
            remote: Endpoint(.v6(.loopback), Port(40_000)), state: SocketLine.established)
        line.inode = 5
        line.rest = .connection(timeout: 20, acknowledgment: 4, window: 10, threshold: 7)
        #expect(
            text { line.writeConnection(isV6: true, to: &$0) }
                == "   1: B80D01200302010007060504"
                + "0B0A0908:01BB 00000000000000000000000001000000:9C40 01 00000000:00000000 00:00000000 00000000     0        0 5 1 0000000000000000 20 4 0 10 7\n")
        // Of IPv4, by a socket of IPv6.
        line = SocketLine(number: 2, local: end(127, 0, 0, 1, 8080), remote: end(10, 0, 2, 15, 1024), state: SocketLine.established)
        #expect(
            text { line.writeConnection(isV6: true, to: &$0) }
                == "   2: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000F02000A:0400 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000\n")
    }

    @Test func datagrams() {
        var line = SocketLine(
            number: 1234, local: end(127, 0, 0, 1, 53), remote: end(0, 0, 0, 0, 0), state: SocketLine.unconnected)
        line.inode = 20_001
        line.receiveQueue = 768
        line.rest = .drops(17)
        #expect(
            text { line.writeDatagrams(isV6: false, to: &$0) }
                == padded(
                    " 1234: 0100007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 20001 1 0000000000000000 17",
                    127))
        line.remote = Endpoint(.v6(.unspecified), .any)
        line.local = Endpoint(.v6(.unspecified), Port(546))
        #expect(
            text { line.writeDatagrams(isV6: true, to: &$0) }
                == " 1234: 00000000000000000000000000000000:0222 00000000000000000000000000000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 20001 1 0000000000000000 17\n")
    }

    @Test func interfaces() {
        #expect(
            text { InterfaceCounters.writeHeader(to: &$0) } == """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed

                """)
        var counters = InterfaceCounters()
        counters.received.bytes = 11_388_453_797
        counters.received.packets = 9_671_768
        counters.sent = counters.received
        #expect(
            text { counters.write(card: nil, to: &$0) }
                == "    lo: 11388453797 9671768    0    0    0     0          0         0 11388453797 9671768    0    0    0     0       0          0\n")
        counters = InterfaceCounters()
        counters.received.bytes = 1
        counters.received.packets = 2
        counters.received.errors = 3
        counters.received.dropped = 4
        counters.groups = 5
        counters.sent.bytes = 6
        counters.sent.packets = 7
        counters.sent.errors = 8
        counters.sent.dropped = 9
        #expect(
            text { counters.write(card: 0, to: &$0) }
                == "  eth0:       1       2    3    4    0     0          0         5        6       7    8    9    0     0       0          0\n")
    }

    /// Each number is one of its own, so that none can be another's.
    @Test func counters() {
        var all = HostCounters()
        all.ip.inReceives = 101
        all.ip.inHeaderErrors = 102
        all.ip.inAddressErrors = 103
        all.ip.inUnknownProtocols = 104
        all.ip.inDiscards = 105
        all.ip.inDelivers = 106
        all.ip.outRequests = 1000
        all.ip.outDiscards = 108
        all.ip.outNoRoutes = 109
        all.ip.fragmented = 114
        all.ip.fragmentFailures = 115
        all.ip.fragmentsCreated = 316
        all.reassembly.timeouts = 110
        all.reassembly.requests = 111
        all.reassembly.successes = 112
        all.reassembly.failures = 113
        all.icmp.inMessages = 201
        all.icmp.inErrors = 100
        all.icmp.inChecksumErrors = 3
        all.icmp.outRateLimited = 9
        for _ in 0..<4 { all.icmp.countIn(3) }
        for _ in 0..<2 { all.icmp.countIn(8) }
        for _ in 0..<5 { all.icmp.countOut(0) }
        all.icmp.countOut(3)
        all.icmp.countOut(200)
        all.tcp.activeOpens = 301
        all.tcp.passiveOpens = 302
        all.tcp.failedAttempts = 303
        all.tcp.establishedResets = 304
        all.tcp.currentlyEstablished = 305
        all.tcp.inSegments = 306
        all.tcp.outSegments = 307
        all.tcp.retransmitted = 308
        all.tcp.inErrors = 309
        all.tcp.outResets = 310
        all.tcp.inChecksumErrors = 311
        all.udp.inDatagrams = 401
        all.udp.noPorts = 402
        all.udp.inErrors = 403
        all.udp.outDatagrams = 404
        all.udp.withoutRoom = 405
        all.udp.inChecksumErrors = 406
        all.udp.ignoredGroups = 407
        // Those of IPv6 are in another file.
        all.ip6.inReceives = 9999
        all.udp6.inDatagrams = 9999
        all.icmp6.inMessages = 9999
        #expect(
            text { all.writeSNMP(to: &$0) } == """
                Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits
                Ip: 2 64 101 102 103 0 104 105 106 1000 108 109 110 111 112 113 114 115 316 1202
                Icmp: InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps
                Icmp: 201 103 3 4 0 0 0 0 2 0 0 0 0 0 7 0 0 9 1 0 0 0 0 0 5 0 0 0 0
                IcmpMsg: InType3 InType8 OutType0 OutType3
                IcmpMsg: 4 2 5 1
                Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
                Tcp: 1 200 120000 -1 301 302 303 304 305 306 307 308 309 310 311
                Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
                Udp: 401 402 403 404 405 0 406 407 0
                UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
                UdpLite: 0 0 0 0 0 0 0 0 0

                """)
        let none = text { HostCounters().writeSNMP(to: &$0) }
        #expect(!none.contains("IcmpMsg"))
    }

    /// A text that is written into another one's window, whatever of it is left out or has no room.
    @Test func windows() {
        let whole = Array("one two three four\n".utf8)
        for skip in 0...24 {
            for room in 0...24 {
                var bytes = [UInt8](repeating: 0, count: room)
                var count = 0
                do {
                    var span = bytes.mutableSpan
                    var raw = span.mutableBytes
                    var window = TextWindow(raw._mutatingExtracting(0..<room), skip: Int64(skip))
                    window.append("one ")
                    window.appendText { (room, skip) in
                        let size = room.byteCount
                        var inner = TextWindow(room._mutatingExtracting(0..<size), skip: skip)
                        inner.append("two three ")
                        return inner.length
                    }
                    window.append("four\n")
                    count = window.count
                    #expect(window.length == whole.count)
                }
                #expect(Array(bytes[..<count]) == Array(whole.dropFirst(skip).prefix(room)))
            }
        }
    }
}
