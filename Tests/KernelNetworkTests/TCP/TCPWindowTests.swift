import NetworkSimulation
import Testing

/// Segment sizes, windows, silly windows, Nagle, delayed acknowledgments, keep-alive.
@Suite("Network: TCP windows (RFC 9293, 3.7 and 3.8)")
struct TCPWindowTests {
    // MARK: 3.7.1

    @Test("3.7.1: segment sizes: the peer's, the path's, the default; less 12 for timestamps")
    func segmentSizes() {
        #expect(TCPScript.run("connect <mss 500>\nexpect segmentsize 500") == [])
        #expect(TCPScript.run("connect <mss 9000>\nexpect segmentsize 1460") == [])
        #expect(TCPScript.run("connect <>\nexpect segmentsize 536") == [])
        #expect(TCPScript.run("connect <mss 0>\nexpect segmentsize 48") == [])
        #expect(TCPScript.run("connect <mss 1000,TS val 1 ecr 0>\nexpect segmentsize 988") == [])
        #expect(TCPScript.run("set maxseg 700\nopen\n> S 0:0 <mss 700,sackOK,TS val 0 ecr 0,wscale 0>") == [])
        #expect(TCPScript.run("set maxseg 700\nconnect\nexpect segmentsize 700") == [])
    }

    @Test("3.7.1: SACK blocks make the text of a segment shorter")
    func segmentSizeWithBlocks() {
        #expect(
            TCPScript.run(
                """
                connect <mss 1000,sackOK,TS val 1 ecr 0>
                < . 101:201 ack 1 <TS val 2 ecr 0>
                > . 1:1 ack 1 <TS val 100 ecr 1,sack 101:201>
                write 2000
                // 1000 - 12 - 4 - 8
                > . 1:977 ack 1
                > . 977:1953 ack 1
                > P. 1953:2001 ack 1
                """) == [])
    }

    // MARK: 3.7.4 Nagle, TCP_CORK

    @Test("3.7.4: a small segment waits for the acknowledgment of the one before")
    func nagle() {
        #expect(
            TCPScript.run(
                """
                connect
                write 10
                > P. 1:11 ack 1
                write 10
                write 10
                < . 1:1 ack 11
                > P. 11:31 ack 1
                write 1000
                // A full segment does not wait.
                > P. 31:1031 ack 1
                < . 1:1 ack 1031
                """) == [])
    }

    @Test("3.7.4, A.3: the rest of a large write does not wait for its own full segments")
    func nagleRest() {
        #expect(TCPScript.run("connect\nwrite 2500\n> . 1:1001 ack 1\n> . 1001:2001 ack 1\n> P. 2001:2501 ack 1") == [])
    }

    @Test("3.7.4, MUST-17: Nagle's algorithm can be turned off")
    func noDelay() {
        #expect(
            TCPScript.run(
                "connect\nset nodelay\nwrite 10\n> P. 1:11 ack 1\nwrite 10\n> P. 11:21 ack 1\nwrite 10\n> P. 21:31 ack 1") == [])
    }

    @Test("TCP_CORK: only full segments, until it is taken away, time is over or FIN follows")
    func cork() {
        let start = "connect\nset cork\nwrite 1500\n> . 1:1001 ack 1\n< . 1:1 ack 1001\n"
        #expect(TCPScript.run(start + "set cork 0\n> P. 1001:1501 ack 1") == [])
        #expect(TCPScript.run(start + "+.2 > P. 1001:1501 ack 1") == [])
        #expect(TCPScript.run(start + "shutdown\n> FP. 1001:1501 ack 1") == [])
        #expect(TCPScript.run(start + "write 500\n> P. 1001:2001 ack 1") == [])
    }

    // MARK: 3.8.6.1 zero windows

    @Test("3.8.6.1: a zero window is probed with one byte, ever more seldom, for as long as the peer answers")
    func zeroWindowProbes() {
        #expect(
            TCPScript.run(
                """
                connect
                < . 1:1 ack 1 win 0
                write 500
                // RTO is SRTT + 4 RTTVAR: 100 + 4 * 50 ms.
                +.3 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +.6 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +1.2 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +2.4 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +4.8 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +9.6 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +19.2 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +38.4 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +60 > . 1:2 ack 1
                < . 1:1 ack 1 win 0
                +60 > . 1:2 ack 1
                < . 1:1 ack 1 win 65535
                // Open again: at once, and the byte that may have been dropped.
                > . 1:2 ack 1
                > P. 2:501 ack 1
                expect cwnd 10000
                """) == [])
    }

    @Test("3.8.6.1, MUST-37: a peer that answers probes is waited for longer than any timeout of ours")
    func probesForever() {
        let one = "+60 > . 1:2 ack 1\n< . 1:1 ack 1 win 0\n"
        let grow = [0.3, 0.6, 1.2, 2.4, 4.8, 9.6, 19.2, 38.4].map { "+\($0) > . 1:2 ack 1\n< . 1:1 ack 1 win 0\n" }.joined()
        #expect(
            TCPScript.run(
                "connect\n< . 1:1 ack 1 win 0\nwrite 500\n" + grow + String(repeating: one, count: 60) + "expect state established")
                == [])
    }

    @Test("3.8.6.1: a peer that answers no probe is given up")
    func probesUnanswered() {
        #expect(
            TCPScript.run(
                """
                set usertimeout 2000
                connect
                < . 1:1 ack 1 win 0
                write 500
                +.3 > . 1:2 ack 1
                +.6 > . 1:2 ack 1
                +1.2 > . 1:2 ack 1
                +2.4 expect state closed
                expect failure timedOut
                """) == [])
    }

    @Test("3.8.6.1: the byte of a probe is taken: the next probe has the next one")
    func probeAccepted() {
        #expect(
            TCPScript.run(
                """
                connect
                < . 1:1 ack 1 win 0
                write 500
                +.3 > . 1:2 ack 1
                +.1 < . 1:1 ack 2 win 0
                // RTTVAR is 3/4 of 50 ms.
                +.25 > . 2:3 ack 1
                """) == [])
    }

    @Test("3.8.6: a FIN waits for a window, too")
    func finInZeroWindow() {
        #expect(
            TCPScript.run(
                """
                connect
                < . 1:1 ack 1 win 0
                shutdown
                +.3 > F. 1:1 ack 1
                < . 1:1 ack 2 win 0
                expect state finWait2
                """) == [])
    }

    @Test("3.8.6: a window that shrinks: nothing new beyond it, and what is within is repeated")
    func shrinkingWindow() {
        #expect(
            TCPScript.run(
                """
                connect
                write 4000
                > . 1:1001 ack 1
                > . 1001:2001 ack 1
                > . 2001:3001 ack 1
                > P. 3001:4001 ack 1
                +.1 < . 1:1 ack 1001 win 1500
                write 1000
                +.25 > . 1001:2001 ack 1
                < . 1:1 ack 2001 win 500
                // After a timeout slow start repeats, but not beyond the window.
                > . 2001:2501 ack 1
                """) == [])
    }

    // MARK: 3.8.6.2.1, the sender's silly windows

    @Test("3.8.6.2.1: small windows are used from half of the greatest on, or after the override timeout")
    func sillySender() {
        #expect(
            TCPScript.run(
                """
                connect <mss 1000>
                < . 1:1 ack 1 win 300
                write 5000
                // Max(SND.WND) is 65535: 300 is silly.
                +.2 > . 1:301 ack 1
                < . 1:1 ack 301 win 600
                +.2 > . 301:901 ack 1
                < . 1:1 ack 901 win 1000
                > . 901:1901 ack 1
                """) == [])
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                < S. 0:0 ack 1 win 400 <mss 1000>
                > . 1:1 ack 1
                write 5000
                // Half of the greatest.
                > . 1:401 ack 1
                < . 1:1 ack 401 win 200
                > . 401:601 ack 1
                < . 1:1 ack 601 win 199
                """) == [])
    }

    // MARK: 3.8.6.2.2, the receiver's

    @Test("3.8.6.2.2: the right edge stays until half of the buffer or a segment is free, and never goes back")
    func sillyReceiver() {
        #expect(
            TCPScript.run(
                """
                mss 1000
                buffer 3000
                connect
                < . 1:1001 ack 1
                < . 1001:2001 ack 1
                > . 1:1 ack 2001 win 1000
                < . 2001:3001 ack 1
                +.04 > . 1:1 ack 3001 win 0
                read 999
                // Less than a segment: nothing is told, and nothing new is offered.
                < . 3001:3001 ack 1
                < . 3001:3002 ack 1
                > . 1:1 ack 3001 win 0
                read 1
                > . 1:1 ack 3001 win 1000
                read 2000
                > . 1:1 ack 3001 win 3000
                """) == [])
    }

    // MARK: 3.8.6.3

    @Test("3.8.6.3; RFC 5681, 4.2: ACKs are delayed, but not of every second full segment")
    func delayed() {
        #expect(TCPScript.run("connect\n< . 1:1001 ack 1\n+.04 > . 1:1 ack 1001") == [])
        #expect(TCPScript.run("connect\n< . 1:1001 ack 1\n< . 1001:2001 ack 1\n> . 1:1 ack 2001\n< . 2001:3001 ack 1\n< . 3001:4001 ack 1\n> . 1:1 ack 4001") == [])
        // With text that goes the other way.
        #expect(TCPScript.run("connect\n< . 1:101 ack 1\nwrite 10\n> P. 1:11 ack 101") == [])
    }

    @Test("RFC 5681, 4.2: at once when out of order, and when a gap is filled")
    func immediate() {
        #expect(
            TCPScript.run(
                """
                connect
                < . 1001:2001 ack 1
                > . 1:1 ack 1
                < . 2001:3001 ack 1
                > . 1:1 ack 1
                < . 1:501 ack 1
                > . 1:1 ack 501
                < . 501:1001 ack 1
                > . 1:1 ack 3001
                expect pieces 0+1000@1000 0+1000@2000 0+500@0 0+500@500
                """) == [])
    }

    @Test("TCP_QUICKACK")
    func quick() {
        #expect(TCPScript.run("connect\nset quickack\n< . 1:2 ack 1\n> . 1:1 ack 2") == [])
    }

    // MARK: 3.8.4

    @Test("3.8.4: keep-alive is off unless asked for, and then of two hours")
    func keepAliveDefault() {
        #expect(TCPScript.run("connect\nexpect deadline never") == [])
        #expect(TCPScript.run("connect\nset keepalive\nexpect deadline 7200000") == [])
    }

    @Test("3.8.4: probes with a number that was acknowledged; answered they start anew, unanswered they end it")
    func keepAlive() {
        #expect(
            TCPScript.run(
                """
                connect
                set keepidle 10
                set keepintvl 2
                set keepcnt 3
                set keepalive
                +10 > . 0:0 ack 1
                < . 1:1 ack 1
                +10 > . 0:0 ack 1
                +2 > . 0:0 ack 1
                +2 > . 0:0 ack 1
                +2 > R 1:1
                expect state closed
                expect failure timedOut
                """) == [])
    }

    @Test("3.8.4: a probe is answered")
    func keepAliveAnswer() {
        #expect(TCPScript.run("connect\n< . 0:0 ack 1\n> . 1:1 ack 1\n< . 0:1 ack 1\n> . 1:1 ack 1") == [])
    }

    // MARK: RFC 7323, 2

    @Test("RFC 7323, 2: windows are scaled but in SYNs, when both offer it, by 14 at most")
    func scale() {
        #expect(
            TCPScript.run(
                """
                buffer 1048576
                open
                > S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 5>
                < S. 0:0 ack 1 win 1000 <mss 1000,wscale 3>
                // 1 MiB >> 5
                > . 1:1 ack 1 win 32768
                expect sndwnd 1000
                < . 1:1 ack 1 win 1000
                expect sndwnd 8000
                """) == [])
        #expect(
            TCPScript.run(
                """
                buffer 1048576
                open
                > S 0:0
                < S. 0:0 ack 1 win 1000 <mss 1000>
                > . 1:1 ack 1 win 65535
                < . 1:1 ack 1 win 1000
                expect sndwnd 1000
                """) == [])
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                < S. 0:0 ack 1 win 1000 <mss 1000,wscale 15>
                > . 1:1 ack 1
                < . 1:1 ack 1 win 1
                expect sndwnd 16384
                """) == [])
    }

    @Test("RFC 7323, 2.3: the least scale with which the whole buffer can be offered")
    func scales() {
        for (bytes, scale) in [(65_535, 0), (65_536, 1), (131_070, 1), (131_072, 2), (65_535 << 14, 14)] {
            #expect(
                TCPScript.run("buffer \(bytes)\nopen\n> S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale \(scale)>") == [])
        }
        #expect(TCPScript.run("buffer 256\nopen\n> S 0:0 win 256 <mss 1460,sackOK,TS val 0 ecr 0,wscale 0>") == [])
    }

    // MARK: Growing, TSO, path MTU

    @Test("A receive buffer grows when a round trip brings half of it")
    func growing() {
        #expect(
            TCPScript.run(
                """
                buffer 10000
                limit 80000
                grows
                connect <mss 1000,wscale 0>
                < . 1:5001 ack 1
                > . 1:1 ack 5001 win 2500
                read 5000
                > . 1:1 ack 5001 win 5000
                +.1 < . 5001:10001 ack 1
                > . 1:1 ack 10001 win 2500
                read 5000
                > . 1:1 ack 10001 win 10000
                expect capacity 20000
                """) == [])
    }

    @Test("Segments for a device that cuts them: whole multiples, and the rest at the end")
    func tso() {
        #expect(
            TCPScript.run(
                """
                tso 4500
                connect
                write 9500
                > . 1:4001 ack 1
                > . 4001:8001 ack 1
                // What is less than half a window waits for more, but not long.
                +.0005 > P. 8001:9501 ack 1
                """) == [])
        #expect(
            TCPScript.run(
                """
                tso 65000
                connect
                write 100000
                // The congestion window.
                > . 1:10001 ack 1
                """) == [])
    }

    @Test("Text for a device that cuts it waits for more as long as something is under way")
    func coalescing() {
        #expect(
            TCPScript.run(
                """
                tso 4500
                connect
                write 1000
                > P. 1:1001 ack 1
                expect waits false
                write 1500
                expect waits true
                write 1500
                write 64
                write 936
                > P. 1001:5001 ack 1
                expect waits false
                """) == [])
        #expect(
            TCPScript.run(
                """
                tso 4500
                connect
                write 1000
                > P. 1:1001 ack 1
                write 1500
                +.0001 < . 1:1 ack 1001
                > P. 1001:2501 ack 1
                """) == [])
        #expect(
            TCPScript.run(
                """
                tso 4500
                connect
                set nodelay
                write 1000
                > P. 1:1001 ack 1
                write 1500
                > P. 1001:2501 ack 1
                """) == [])
    }

    @Test("RFC 1191, 6.5: a smaller MTU: what is under way is sent again in smaller segments, and cwnd stays")
    func pathMTU() {
        #expect(
            TCPScript.run(
                """
                connect
                write 2000
                > . 1:1001 ack 1
                > P. 1001:2001 ack 1
                expect cwnd 10000
                path 600
                > . 1:601 ack 1
                > . 601:1201 ack 1
                > . 1201:1801 ack 1
                > P. 1801:2001 ack 1
                expect cwnd 10000
                < . 1:1 ack 2001
                write 700
                > . 2001:2601 ack 1
                > P. 2601:2701 ack 1
                """) == [])
    }

    @Test("A larger MTU changes only what comes")
    func largerMTU() {
        #expect(TCPScript.run("mss 500\nconnect\nwrite 400\n> P. 1:401 ack 1\npath 800\nexpect segmentsize 800\nexpect flight 400") == [])
    }
}
