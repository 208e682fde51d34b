import NetworkSimulation
import Testing

/// RFC 9293, 3.10.7.4, sixth to eighth: urgent data, text and FIN in each state.
@Suite("Network: TCP text (RFC 9293, 3.10.7.4)")
struct TCPTextTests {
    // MARK: 3.10.7.4, sixth

    @Test("3.10.7.4, sixth; 3.8.5; RFC 6093: urgent data stay in line, up to the mark")
    func urgentReceived() {
        #expect(
            TCPScript.run(
                """
                connect
                < U. 1:11 ack 1 urg 20
                expect events urgent
                expect mark 20
                < . 11:31 ack 1
                +.04 > *
                read 19
                expect mark 20
                read 1
                expect mark none
                expect readable 10
                // One that is behind says nothing.
                < U. 31:32 ack 1 urg 0
                expect mark none
                < U. 32:33 ack 1 urg 1
                expect mark 32
                """) == [])
    }

    @Test("3.8.5: urgent data are sent with URG until they are acknowledged")
    func urgentSent() {
        #expect(
            TCPScript.run(
                """
                connect
                write 100 urgent
                > PU. 1:101 ack 1 urg 100
                write 50
                > PU. 101:151 ack 1 urg 0
                """) != [], "URG is not sent behind the urgent data")
        #expect(
            TCPScript.run(
                """
                connect
                write 100 urgent
                > PU. 1:101 ack 1 urg 100
                < . 1:1 ack 101
                write 50
                > P. 101:151 ack 1
                """) == [])
    }

    @Test("3.8.6: a window that is closed with text under way is probed, and cwnd stays")
    func windowClosedBehind() {
        #expect(
            TCPScript.run(
                """
                connect
                write 2000
                > . 1:1001 ack 1
                > P. 1001:2001 ack 1
                < . 1:1 ack 1 win 0
                +.3 > . 1:2 ack 1
                expect cwnd 10000
                < . 1:1 ack 1 win 65535
                > . 1:1001 ack 1
                > P. 1001:2001 ack 1
                expect cwnd 10000
                """) == [])
    }

    // MARK: 3.10.7.4, seventh and eighth

    @Test("3.10.7.4, seventh: text is taken in ESTABLISHED, FIN-WAIT-1 and FIN-WAIT-2, else ignored", arguments: TCPStateTests.synchronized)
    func text(state: String) {
        let next = TCPStateTests.next(state)
        let sent = TCPStateTests.sent(state)
        let isTaken = !TCPStateTests.afterFin.contains(state)
        // Two of them, so that an ACK is not delayed.
        #expect(
            TCPStateTests.script(
                state,
                isTaken
                    ? """
                    < . \(next):\(next + 10) ack 1
                    < . \(next + 10):\(next + 20) ack 1
                    > . \(sent):\(sent) ack \(next + 20)
                    expect pieces 0+10@0 0+10@10
                    expect readable 20
                    """
                    : """
                    < . \(next):\(next + 10) ack 1
                    expect pieces \("")
                    expect readable 0
                    expect state \(state)
                    """) == [])
    }

    @Test("3.10.7.4, eighth: FIN, alone and with text")
    func fin() {
        for count in [0, 10] {
            let fin = "< F. 1:\(1 + count) ack"
            let end = 2 + count
            #expect(TCPStateTests.script("established", "\(fin) 1\n> . 1:1 ack \(end)\nexpect state closeWait\nexpect events ended") == [])
            #expect(TCPStateTests.script("finWait1", "\(fin) 1\n> . 2:2 ack \(end)\nexpect state closing") == [])
            #expect(TCPStateTests.script("finWait1", "\(fin) 2\n> . 2:2 ack \(end)\nexpect state timeWait") == [])
            #expect(TCPStateTests.script("finWait2", "\(fin) 2\n> . 2:2 ack \(end)\nexpect state timeWait") == [])
            #expect(TCPStateTests.script("synReceived", "\(fin) 1\n> . 1:1 ack \(end)\nexpect state closeWait\nexpect events established ended") == [])
        }
    }

    @Test("3.10.7.4, eighth: a FIN ahead of a gap waits for it")
    func finOutOfOrder() {
        #expect(
            TCPStateTests.script(
                "established",
                """
                < F. 11:21 ack 1
                > . 1:1 ack 1
                expect state established
                < . 1:11 ack 1
                > . 1:1 ack 22
                expect state closeWait
                expect pieces 0+10@10 0+10@0
                """) == [])
    }

    @Test("3.10.7.4, eighth: text behind the peer's FIN is none")
    func textBehindFin() {
        #expect(
            TCPStateTests.script(
                "established",
                """
                < F. 11:21 ack 1
                > . 1:1 ack 1
                < . 21:31 ack 1
                > . 1:1 ack 1
                < . 1:41 ack 1
                > . 1:1 ack 22
                expect pieces 0+10@10 0+10@0
                """) == [])
    }

    @Test("3.10.7.4, eighth, TIME-WAIT: the FIN again is acknowledged and restarts 2 MSL")
    func timeWaitFin() {
        #expect(
            TCPStateTests.script(
                "timeWait",
                """
                expect deadline 60000
                +30 < F. 1:1 ack 2
                > . 2:2 ack 2
                expect deadline 60000
                +59 expect state timeWait
                +1 expect state closed
                expect failure none
                """) == [])
    }
}
