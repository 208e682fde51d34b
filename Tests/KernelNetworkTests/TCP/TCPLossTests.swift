import NetworkSimulation
import Testing

/// Losses found and repaired, and windows in between.
@Suite("Network: TCP losses")
struct TCPLossTests {
    /// Ten segments of 1000 bytes on their way, at 100 ms; RTO is 300 ms.
    static let ten = "write 10000\n" + (0..<9).map { "> . \($0 * 1000 + 1):\($0 * 1000 + 1001) ack 1\n" }.joined() + "> P. 9001:10001 ack 1\n"
    static let plain = "connect\n" + ten
    static let selective = "connect <mss 1000,sackOK>\n" + ten

    // MARK: RFC 6928, RFC 5681, 3.1

    @Test("RFC 6928: the initial window is ten segments, at most 14600 bytes or two segments")
    func initialWindow() {
        #expect(TCPScript.run("connect <mss 1000>\nexpect cwnd 10000") == [])
        #expect(TCPScript.run("connect\nexpect cwnd 10000") == [])
        #expect(TCPScript.run("mss 1460\nconnect <mss 1460>\nexpect cwnd 14600") == [])
        #expect(TCPScript.run("mss 9000\nconnect <mss 9000>\nexpect cwnd 18000") == [])
        #expect(TCPScript.run("mss 2000\nconnect <mss 2000>\nexpect cwnd 14600") == [])
    }

    @Test("RFC 5681, 3.1: after a lost SYN one segment; RFC 6298, 5.7: and 3 s")
    func lostSyn() {
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                +1 > S 0:0
                +.1 < S. 0:0 ack 1 win 65535 <mss 1000>
                > . 1:1 ack 1
                expect cwnd 1000
                expect rto 3000
                """) == [])
    }

    @Test("RFC 5681, 3.1: slow start: each ACK adds what it acknowledges")
    func slowStart() {
        #expect(
            TCPScript.run(
                Self.plain + """
                    +.1 < . 1:1 ack 2001
                    expect cwnd 12000
                    < . 1:1 ack 4001
                    expect cwnd 14000
                    """) == [])
    }

    @Test("RFC 7661; RFC 9438, 4.2: a window that is not in use does not grow")
    func notInUse() {
        #expect(TCPScript.run("connect\nwrite 1000\n> P. 1:1001 ack 1\n+.1 < . 1:1 ack 1001\nexpect cwnd 10000") == [])
    }

    @Test("RFC 5681, 3.1 with NewReno: a segment for each window in congestion avoidance")
    func congestionAvoidance() {
        #expect(
            TCPScript.run(
                "set newreno\n" + Self.plain + """
                    +.3 > . 1:1001 ack 1
                    expect cwnd 1000
                    // FlightSize / 2
                    expect ssthresh 5000
                    +.1 < . 1:1 ack 10001
                    expect cwnd 2000
                    write 30000
                    > . 10001:11001 ack 1
                    > . 11001:12001 ack 1
                    +.1 < . 1:1 ack 12001
                    > . 12001:13001 ack 1
                    > . 13001:14001 ack 1
                    > . 14001:15001 ack 1
                    > . 15001:16001 ack 1
                    expect cwnd 4000
                    +.1 < . 1:1 ack 16001
                    > . 16001:17001 ack 1
                    > . 17001:18001 ack 1
                    > . 18001:19001 ack 1
                    > . 19001:20001 ack 1
                    > . 20001:21001 ack 1
                    // Up to ssthresh; of the rest 3000 bytes count for the next.
                    expect cwnd 5000
                    +.1 < . 1:1 ack 18001
                    > . 21001:22001 ack 1
                    > . 22001:23001 ack 1
                    > . 23001:24001 ack 1
                    expect cwnd 6000
                    """) == [])
    }

    // MARK: RFC 5681, 4.1 and RFC 2861

    @Test("RFC 2861, 3: each timeout without a segment halves the window, down to the initial one")
    func idle() {
        // Ten segments, then eighteen.
        let grown = """
            connect
            write 28000

            """ + (0..<10).map { "> . \($0 * 1000 + 1):\($0 * 1000 + 1001) ack 1\n" }.joined() + "+.1 < . 1:1 ack 10001\n"
            + (10..<27).map { "> . \($0 * 1000 + 1):\($0 * 1000 + 1001) ack 1\n" }.joined()
            // L is eight segments (RFC 9406, 4.2): 10 + 8 + 8.
            + "> P. 27001:28001 ack 1\n+.1 < . 1:1 ack 28001\nexpect cwnd 26000\nexpect rto 212\n"
        #expect(TCPScript.run(grown + "+.25 write 1000\n> P. 28001:29001 ack 1\nexpect cwnd 13000\nexpect ssthresh 1073725440") == [])
        #expect(TCPScript.run(grown + "+10 write 1000\n> P. 28001:29001 ack 1\nexpect cwnd 10000") == [])
        #expect(TCPScript.run(grown + "+.05 write 1000\n> P. 28001:29001 ack 1\nexpect cwnd 26000") == [])
    }

    // MARK: RFC 6298, 5

    @Test("RFC 6298, 5.4 to 5.6: the first segment again, the timeout doubled")
    func timeout() {
        #expect(
            TCPScript.run(
                Self.plain + """
                    expect rto 300
                    +.3 > . 1:1001 ack 1
                    expect rto 600
                    expect cwnd 1000
                    // RFC 9438, 4.6: 0.7 of what was on its way.
                    expect ssthresh 7000
                    +.6 > . 1:1001 ack 1
                    // RFC 5681, 3.1: once for a segment.
                    expect ssthresh 7000
                    +1.2 > . 1:1001 ack 1
                    """) == [])
    }

    @Test("RFC 6298, 5.3: an ACK of something new restarts the timer; 5.2: of all stops it")
    func timerRestarts() {
        #expect(
            TCPScript.run(
                Self.plain + """
                    +.1 < . 1:1 ack 5001
                    // RTTVAR is 37.5 ms.
                    expect rto 250
                    expect deadline 250
                    +.1 < . 1:1 ack 10001
                    expect deadline never
                    """) == [])
    }

    @Test("RFC 5681, 3.1: after a timeout slow start goes through all that was lost")
    func goBack() {
        #expect(
            TCPScript.run(
                Self.plain + """
                    +.3 > . 1:1001 ack 1
                    +.1 < . 1:1 ack 1001
                    > . 1001:2001 ack 1
                    > . 2001:3001 ack 1
                    expect cwnd 2000
                    +.1 < . 1:1 ack 3001
                    // After a timeout one segment for each ACK.
                    > . 3001:4001 ack 1
                    > . 4001:5001 ack 1
                    > . 5001:6001 ack 1
                    expect cwnd 3000
                    """) == [])
    }

    // MARK: RFC 5681, 3.2; RFC 6582; RFC 3042

    @Test("RFC 3042: the first two duplicate ACKs send new segments")
    func limitedTransmit() {
        #expect(
            TCPScript.run(
                Self.plain + """
                    write 5000
                    < . 1:1 ack 1
                    > . 10001:11001 ack 1
                    < . 1:1 ack 1
                    > . 11001:12001 ack 1
                    """) == [])
    }

    @Test("RFC 5681, 2: what is no duplicate ACK")
    func noDuplicates() {
        // With text, with another window, with FIN.
        #expect(
            TCPScript.run(
                Self.plain + """
                    < . 1:1 ack 1 win 60000
                    < . 1:1 ack 1 win 60001
                    < . 1:1 ack 1 win 60002
                    < . 1:1 ack 1 win 60003
                    < . 1:2 ack 1 win 60003
                    < . 2:3 ack 1 win 60003
                    > *
                    < . 3:4 ack 1 win 60003
                    < . 4:5 ack 1 win 60003
                    > *
                    expect cwnd 10000
                    """) == [])
    }

    @Test("RFC 5681, 3.2; RFC 6582, 3.2: fast retransmit, partial and full acknowledgments")
    func newReno() {
        #expect(
            TCPScript.run(
                "set newreno\n" + Self.plain + """
                    write 5000
                    // 1 and 3001 are lost.
                    +.1 < . 1:1 ack 1
                    > . 10001:11001 ack 1
                    < . 1:1 ack 1
                    > . 11001:12001 ack 1
                    < . 1:1 ack 1
                    > . 1:1001 ack 1
                    // FlightSize / 2
                    expect ssthresh 6000
                    < . 1:1 ack 1
                    < . 1:1 ack 1
                    // 12 - 6 segments are taken to be under way; the window is 6.
                    < . 1:1 ack 1
                    < . 1:1 ack 1
                    > . 12001:13001 ack 1
                    +.1 < . 1:1 ack 3001
                    // Partial: the next one at once. The inflated window, 6 + 7, less 3 that were
                    // acknowledged and 1 added back, is 11: one more than is under way.
                    > . 3001:4001 ack 1
                    > . 13001:14001 ack 1
                    +.1 < . 1:1 ack 13001
                    > P. 14001:15001 ack 1
                    expect cwnd 6000
                    """) == [])
    }

    @Test("RFC 6582, 3.2, 2: duplicates of what was repeated after a timeout begin no recovery")
    func noSecondRecovery() {
        #expect(
            TCPScript.run(
                Self.plain + """
                    +.3 > . 1:1001 ack 1
                    +.1 < . 1:1 ack 10001
                    write 4000
                    > . 10001:11001 ack 1
                    > . 11001:12001 ack 1
                    < . 1:1 ack 10001
                    > . 12001:13001 ack 1
                    < . 1:1 ack 10001
                    > P. 13001:14001 ack 1
                    < . 1:1 ack 10001
                    < . 1:1 ack 10001
                    expect ssthresh 7000
                    """) == [])
    }

    // MARK: RFC 3522, RFC 4015

    @Test("RFC 3522, RFC 4015: a timeout that was too early is undone")
    func spuriousTimeout() {
        #expect(
            TCPScript.run(
                "connect <mss 1012,TS val 1000 ecr 0>\n" + Self.ten + """
                    +.3 > . 1:1001 ack 1 <TS val 400 ecr 1000>
                    expect cwnd 1000
                    expect ssthresh 7000
                    // The ACK is of the first time: nothing more is repeated.
                    +.05 < . 1:1 ack 1001 <TS val 1001 ecr 100>
                    expect cwnd 10000
                    expect ssthresh 1073725440
                    // 131 + 4 * 100: the ACK was of 350 ms ago.
                    expect rto 531
                    < . 1:1 ack 10001 <TS val 1001 ecr 100>
                    """) == [])
        #expect(
            TCPScript.run(
                "connect <mss 1012,TS val 1000 ecr 0>\n" + Self.ten + """
                    +.3 > . 1:1001 ack 1 <TS val 400 ecr 1000>
                    // Of the second time: the loss was one.
                    +.05 < . 1:1 ack 1001 <TS val 1001 ecr 400>
                    > . 1001:2001 ack 1
                    > . 2001:3001 ack 1
                    expect ssthresh 7000
                    """) == [])
    }

    @Test("RFC 3522: a fast retransmit for what was only late is undone")
    func spuriousFastRetransmit() {
        #expect(
            TCPScript.run(
                "connect <mss 1012,sackOK,TS val 1000 ecr 0>\n" + Self.ten + """
                    +.1 < . 1:1 ack 1 <TS val 1001 ecr 100,sack 1001:4001>
                    > . 1:1001 ack 1 <TS val 200 ecr 1001>
                    expect cwnd 7000
                    +.01 < . 1:1 ack 4001 <TS val 1002 ecr 100>
                    expect cwnd 10000
                    """) == [])
    }
}
