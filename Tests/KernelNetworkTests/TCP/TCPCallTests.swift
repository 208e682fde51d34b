import NetworkSimulation
import Testing

/// RFC 9293, 3.10.2 to 3.10.8: the user's calls and the timeouts.
@Suite("Network: TCP calls (RFC 9293, 3.10)")
struct TCPCallTests {
    @Test("3.10.2 SEND: queued in SYN-SENT and SYN-RECEIVED, refused when closing")
    func send() {
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                write 100
                < S. 0:0 ack 1 win 1000 <mss 1000>
                > P. 1:101 ack 1
                expect state established
                """) == [])
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                < S 0:0 win 1000
                > S. 0:0 ack 1
                write 100
                < . 1:1 ack 1 win 1000
                > P. 1:101 ack 1
                """) == [])
        for state in ["finWait1", "finWait2", "closing", "lastAck", "timeWait"] {
            #expect(TCPStateTests.script(state, "write 10 refused") == [])
        }
        #expect(TCPStateTests.script("closeWait", "write 10\n> P. 1:11 ack 2") == [])
    }

    @Test("3.10.4 CLOSE: FIN follows what was sent before")
    func close() {
        #expect(TCPStateTests.script("synSent", "close\nexpect state closed") == [])
        #expect(
            TCPStateTests.script("synReceived", "close\nexpect state synReceived\n< . 1:1 ack 1\n> F. 1:1 ack 1\nexpect state finWait1")
                == [])
        #expect(TCPStateTests.script("established", "close\n> F. 1:1 ack 1\nexpect state finWait1") == [])
        #expect(TCPStateTests.script("closeWait", "close\n> F. 1:1 ack 2\nexpect state lastAck") == [])
        for state in ["finWait1", "finWait2", "closing", "lastAck", "timeWait"] {
            #expect(TCPStateTests.script(state, "close\nexpect state \(state)") == [])
        }
    }

    @Test("3.10.4 CLOSE: the last text has FIN, though it is small and others are under way")
    func finWithText() {
        #expect(
            TCPScript.run(
                """
                connect
                write 300
                > P. 1:301 ack 1
                write 200
                shutdown
                > FP. 301:501 ack 1
                expect state finWait1
                < . 1:1 ack 502
                expect state finWait2
                expect acknowledged 500
                """) == [])
    }

    @Test("3.6, figure 13: both close at the same time")
    func simultaneousClose() {
        #expect(
            TCPScript.run(
                """
                connect
                close
                > F. 1:1 ack 1
                < F. 1:1 ack 1
                > . 2:2 ack 2
                expect state closing
                < . 2:2 ack 2
                expect state timeWait
                +60 expect state closed
                """) == [])
    }

    @Test("3.6: half-closed, text comes for as long as the peer likes")
    func halfClosed() {
        #expect(
            TCPScript.run(
                """
                connect
                shutdown
                > F. 1:1 ack 1
                < . 1:1 ack 2
                +3600 < P. 1:1001 ack 2
                +.04 > . 2:2 ack 1001
                expect state finWait2
                < F. 1001:1001 ack 2
                > . 2:2 ack 1002
                expect state timeWait
                """) == [])
    }

    @Test("3.6.1; RFC 2525, 2.17: closed with text that was not read: RST")
    func closeUnread() {
        #expect(
            TCPScript.run(
                """
                connect
                < P. 1:11 ack 1
                close
                > R 1:1
                expect state closed
                """) == [])
    }

    @Test("3.6.1: text that comes after close is answered with RST; after shutdown it is taken")
    func textAfterClose() {
        #expect(
            TCPScript.run(
                """
                connect
                close
                > F. 1:1 ack 1
                < . 1:11 ack 2
                > R 2:2
                expect state closed
                """) == [])
    }

    @Test("3.10.5 ABORT")
    func abort() {
        for (state, text) in [
            ("synReceived", "> R 1:1"), ("established", "> R 1:1"), ("finWait1", "> R 2:2"), ("finWait2", "> R 2:2"),
            ("closeWait", "> R 1:1"), ("synSent", ""), ("closing", ""), ("lastAck", ""), ("timeWait", ""),
        ] {
            #expect(TCPStateTests.script(state, "abort\n\(text)\nexpect state closed\nexpect failure aborted") == [], "\(state)")
        }
    }

    @Test("3.10.8: user timeout, retransmission, TIME-WAIT")
    func timeouts() {
        #expect(
            TCPScript.run(
                """
                connect
                set usertimeout 1000
                write 10
                > P. 1:11 ack 1
                +.3 > P. 1:11 ack 1
                +.6 > P. 1:11 ack 1
                +.1 expect state closed
                expect failure timedOut
                """) == [])
        #expect(TCPStateTests.script("timeWait", "+59.9 expect state timeWait\n+.1 expect state closed\nexpect events ended closed") == [])
    }

    @Test("3.8.3: a SYN is sent for three minutes at least, then it times out; R1 is told")
    func synTimeout() {
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                +1 > S 0:0
                +2 > S 0:0
                +4 > S 0:0
                expect events suspect
                +8 > S 0:0
                +16 > S 0:0
                +32 > S 0:0
                +64 > S 0:0
                +52.9 expect state synSent
                +.1 expect state closed
                expect failure timedOut
                """) == [])
    }

    @Test("3.8.3: R2 of text is 100 s at least")
    func retransmissionsEnd() {
        #expect(
            TCPScript.run(
                """
                connect
                write 10
                > P. 1:11 ack 1
                +.3 > *
                +.6 > *
                +1.2 > *
                expect events suspect
                +2.4 > *
                +4.8 > *
                +9.6 > *
                +19.2 > *
                +38.4 > *
                +76.8 > *
                expect state established
                +120 > *
                +120 > *
                +120 > *
                +120 > *
                +120 > *
                +120 > *
                +26.699 expect state established
                +.001 expect state closed
                expect failure timedOut
                """) == [])
    }

    @Test("A connection that nobody has open does not wait for a FIN for ever")
    func orphan() {
        #expect(
            TCPScript.run(
                """
                connect
                close
                > F. 1:1 ack 1
                < . 1:1 ack 2
                expect state finWait2
                expect deadline 60000
                +60 expect state closed
                """) == [])
        #expect(TCPStateTests.script("finWait2", "expect deadline never") == [])
    }

    @Test("3.9.2.2, MUST-56; RFC 5927: ICMP ends nothing that is synchronized; SYN-SENT by hard errors only")
    func icmp() {
        for kind in ["net", "host", "time", "port", "protocol", "prohibited", "neighbour"] {
            #expect(
                TCPScript.run(
                    """
                    connect
                    write 10
                    > P. 1:11 ack 1
                    icmp \(kind) 1
                    expect state established
                    expect events soft
                    // Of a number that is not under way it is nobody's.
                    icmp \(kind) 11
                    icmp \(kind) 0
                    expect events \("")
                    """) == [])
        }
        for (kind, failure) in [("port", "refused"), ("protocol", "prohibited"), ("prohibited", "prohibited"), ("neighbour", "hostUnreachable")] {
            #expect(TCPStateTests.script("synSent", "icmp \(kind) 0\nexpect state closed\nexpect failure \(failure)") == [])
        }
        for kind in ["net", "host", "time"] {
            #expect(TCPStateTests.script("synSent", "icmp \(kind) 0\nexpect state synSent") == [])
        }
    }

    @Test("RFC 5461: what ICMP said is told when the connection times out")
    func softErrorIsTold() {
        #expect(
            TCPScript.run(
                """
                set usertimeout 500
                open
                > S 0:0
                icmp host 0
                expect events soft
                +.5 expect state closed
                expect failure hostUnreachable
                """) == [])
    }
}
