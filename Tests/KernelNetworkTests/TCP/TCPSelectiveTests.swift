import NetworkSimulation
import Testing

/// Selective acknowledgments on both sides, and probes of the tail, which need them.
@Suite("Network: TCP selective acknowledgments (RFC 2018, RFC 2883, RFC 6675, RFC 8985)")
struct TCPSelectiveTests {
    // MARK: RFC 2018, RFC 6675

    @Test("RFC 2018, 4: the block that has changed last is first")
    func blocks() {
        #expect(
            TCPScript.run(
                """
                connect <mss 1000,sackOK>
                < . 1001:1501 ack 1
                > . 1:1 ack 1 <sack 1001:1501>
                < . 3001:3501 ack 1
                > . 1:1 ack 1 <sack 3001:3501 1001:1501>
                < . 5001:5501 ack 1
                > . 1:1 ack 1 <sack 5001:5501 3001:3501 1001:1501>
                < . 1501:2001 ack 1
                > . 1:1 ack 1 <sack 1001:2001 5001:5501 3001:3501>
                < . 7001:7501 ack 1
                > . 1:1 ack 1 <sack 7001:7501 1001:2001 5001:5501 3001:3501>
                < . 9001:9501 ack 1
                > . 1:1 ack 1 <sack 9001:9501 7001:7501 1001:2001 5001:5501>
                < . 1:1001 ack 1
                > . 1:1 ack 2001 <sack 9001:9501 7001:7501 5001:5501 3001:3501>
                """) == [])
    }

    @Test("RFC 2018, 3: three blocks beside timestamps; none when the peer has not permitted them")
    func blockLimit() {
        #expect(
            TCPScript.run(
                """
                connect <mss 1000,sackOK,TS val 1 ecr 0>
                < . 11:21 ack 1 <TS val 1 ecr 0>
                > *
                < . 31:41 ack 1 <TS val 1 ecr 0>
                > *
                < . 51:61 ack 1 <TS val 1 ecr 0>
                > *
                < . 71:81 ack 1 <TS val 1 ecr 0>
                > . 1:1 ack 1 <TS val 100 ecr 1,sack 71:81 51:61 31:41>
                """) == [])
        #expect(TCPScript.run("connect <mss 1000>\n< . 11:21 ack 1\n> . 1:1 ack 1 <>") == [])
    }

    @Test("What a device cuts has room for the options that are in each part")
    func blocksInWhatIsCut() {
        #expect(
            TCPScript.run(
                """
                mss 1000
                tso 4000
                connect <mss 1000,sackOK>
                < . 1:1001 ack 1 win 0
                write 3000
                < . 501:1501 ack 1 win 60000
                > *
                expect cut 988
                """) == [])
    }

    @Test("RFC 2883, 4.1: what arrived twice is told once, first")
    func duplicateBlocks() {
        #expect(
            TCPScript.run(
                """
                connect <mss 1000,sackOK>
                < . 1:1001 ack 1
                < . 1001:2001 ack 1
                > . 1:1 ack 2001 <>
                < . 501:1001 ack 1
                > . 1:1 ack 2001 <sack 501:1001>
                < . 3001:4001 ack 1
                > . 1:1 ack 2001 <sack 3001:4001>
                < . 1001:2001 ack 1
                > . 1:1 ack 2001 <sack 1001:2001 3001:4001>
                // 4.2: within a block that block follows.
                < . 3501:4001 ack 1
                > . 1:1 ack 2001 <sack 3501:4001 3001:4001>
                // A part of the segment.
                < . 1501:2501 ack 1
                > . 1:1 ack 2501 <sack 1501:2001 3001:4001>
                """) == [])
    }

    @Test("RFC 6675, 5: recovery: what is lost first, then new text, as much as has left the way")
    func selectiveRecovery() {
        #expect(
            TCPScript.run(
                TCPLossTests.selective + """
                    write 5000
                    // 1 and 2001 are lost.
                    +.1 < . 1:1 ack 1 <sack 1001:2001>
                    > . 10001:11001 ack 1
                    < . 1:1 ack 1 <sack 3001:4001 1001:2001>
                    > . 11001:12001 ack 1
                    < . 1:1 ack 1 <sack 3001:5001 1001:2001>
                    // The third; 3000 bytes behind 2001 have not yet arrived.
                    > . 1:1001 ack 1
                    expect ssthresh 8400
                    // pipe: 12 - 3 (arrived) - 1 (lost) + 1 (again) = 9 segments; cwnd 8.4.
                    < . 1:1 ack 1 <sack 3001:6001 1001:2001>
                    // 2001 is lost now: pipe 12 - 4 - 2 + 1 = 7.
                    > . 2001:3001 ack 1
                    < . 1:1 ack 1 <sack 3001:7001 1001:2001>
                    > . 12001:13001 ack 1
                    +.1 < . 1:1 ack 2001 <sack 3001:7001>
                    // The first's repetition has left; rule 2.
                    > . 13001:14001 ack 1
                    < . 1:1 ack 14001
                    > P. 14001:15001 ack 1
                    expect cwnd 8400
                    """) == [])
    }

    @Test("RFC 6675, 4: blocks of what was never sent, or the wrong way round, say nothing")
    func hostileBlocks() {
        #expect(
            TCPScript.run(
                TCPLossTests.selective + """
                    < . 1:1 ack 1 <sack 20001:30001>
                    < . 1:1 ack 1 <sack 9001:10002>
                    < . 1:1 ack 1 <sack 5001:4001>
                    < . 1:1 ack 1 <sack 5001:5001>
                    < . 1:1 ack 1 <sack -1000:1>
                    < . 1:1 ack 1 <sack -2000000000:5001>
                    expect cwnd 10000
                    """) == [])
    }

    @Test("RFC 2018, 8: a peer that gives up what it had told gets it again")
    func reneging() {
        #expect(
            TCPScript.run(
                TCPLossTests.selective + """
                    +.1 < . 1:1 ack 1 <sack 1001:10001>
                    > . 1:1001 ack 1
                    // It has only the first.
                    +.1 < . 1:1 ack 1001
                    > . 1001:2001 ack 1
                    > . 2001:3001 ack 1
                    > . 3001:4001 ack 1
                    > . 4001:5001 ack 1
                    > . 5001:6001 ack 1
                    > . 6001:7001 ack 1
                    > . 7001:8001 ack 1
                    """) == [])
    }

    @Test("A repetition that is lost is repeated when what was sent after it has arrived")
    func lostRepetition() {
        #expect(
            TCPScript.run(
                TCPLossTests.selective + """
                    write 10000
                    +.1 < . 1:1 ack 1 <sack 1001:7001>
                    > . 1:1001 ack 1
                    > . 10001:11001 ack 1
                    > . 11001:12001 ack 1
                    > . 12001:13001 ack 1
                    // cwnd is 7 segments: 1 again, 3 that are new.
                    +.05 < . 1:1 ack 1 <sack 1001:10001>
                    > . 13001:14001 ack 1
                    > . 14001:15001 ack 1
                    > . 15001:16001 ack 1
                    +.05 < . 1:1 ack 1 <sack 1001:13001>
                    > . 1:1001 ack 1
                    > . 16001:17001 ack 1
                    > . 17001:18001 ack 1
                    > . 18001:19001 ack 1
                    """) == [])
    }

    // MARK: RFC 8985, 7

    @Test("RFC 8985, 7: the last segment is sent again after two round trips, and a loss before it is repaired at once")
    func tailLoss() {
        #expect(
            TCPScript.run(
                TCPLossTests.selective + """
                    // 7001, 8001 and 9001 are lost.
                    +.1 < . 1:1 ack 7001
                    expect deadline 200
                    +.2 > P. 9001:10001 ack 1
                    +.1 < . 1:1 ack 7001 <sack 9001:10001>
                    > . 7001:8001 ack 1
                    > . 8001:9001 ack 1
                    """) == [])
    }

    @Test("RFC 8985, 7.3: new text is sent in place of the last segment; 7.2: one probe, then the timeout")
    func tailProbeNew() {
        #expect(
            TCPScript.run(
                """
                connect <mss 1000,sackOK>
                set cork
                write 1500
                > . 1:1001 ack 1
                // One segment: 200 ms for a delayed ACK, but not later than RTO.
                expect deadline 300
                """) == [])
        #expect(
            TCPScript.run(
                TCPLossTests.selective + """
                    +.1 < . 1:1 ack 9001
                    +.25 > P. 9001:10001 ack 1
                    expect deadline 250
                    """) == [])
    }

    @Test("RFC 8985, 7.4: a probe that repaired a loss lowers the window; one that arrived twice does not")
    func tailProbeAnswers() {
        let probed = "connect <mss 1000,sackOK>\n" + TCPLossTests.ten + "+.1 < . 1:1 ack 8001\n+.2 > P. 9001:10001 ack 1\n"
        #expect(
            TCPScript.run(
                probed + """
                    +.1 < . 1:1 ack 10001 <sack 9001:10001>
                    write 1000
                    > P. 10001:11001 ack 1
                    +.1 < . 1:1 ack 11001
                    expect ssthresh 1073725440
                    """) == [])
        #expect(
            TCPScript.run(
                probed + """
                    +.1 < . 1:1 ack 10001
                    write 1000
                    > P. 10001:11001 ack 1
                    +.1 < . 1:1 ack 11001
                    expect ssthresh 2000
                    """) == [])
    }
}
