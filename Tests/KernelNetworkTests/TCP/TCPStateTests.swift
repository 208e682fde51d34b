import NetworkSimulation
import Testing

/// RFC 9293, 3.10: each event in each state. Numbers in scripts are relative to ISS and IRS.
@Suite("Network: TCP states (RFC 9293, 3.10)")
struct TCPStateTests {
    /// A script in a state that is reached by its first lines.
    static func script(_ state: String, _ rest: String) -> [String] {
        TCPScript.run((states[state] ?? "") + "\nexpect state \(state)\n" + rest)
    }

    static let states: [String: String] = [
        "synSent": "open\n> S 0:0",
        "synReceived": "open\n> S 0:0\n< S 0:0 win 65535\n> S. 0:0 ack 1",
        "established": "connect",
        "finWait1": "connect\nshutdown\n> F. 1:1 ack 1",
        "finWait2": "connect\nshutdown\n> F. 1:1 ack 1\n< . 1:1 ack 2",
        "closeWait": "connect\n< F. 1:1 ack 1\n> . 1:1 ack 2",
        "closing": "connect\nshutdown\n> F. 1:1 ack 1\n< F. 1:1 ack 1\n> . 2:2 ack 2",
        "lastAck": "connect\n< F. 1:1 ack 1\n> . 1:1 ack 2\nshutdown\n> F. 1:1 ack 2",
        "timeWait": "connect\nshutdown\n> F. 1:1 ack 1\n< F. 1:1 ack 2\n> . 2:2 ack 2",
    ]

    /// Those in which the peer's FIN has come: RCV.NXT is 2.
    static let afterFin = ["closeWait", "closing", "lastAck", "timeWait"]
    static let synchronized = ["established", "finWait1", "finWait2", "closeWait", "closing", "lastAck", "timeWait"]
    static func next(_ state: String) -> Int { afterFin.contains(state) ? 2 : 1 }
    /// SND.NXT.
    static func sent(_ state: String) -> Int {
        ["finWait1", "finWait2", "closing", "lastAck", "timeWait"].contains(state) ? 2 : 1
    }

    // MARK: 3.5, establishing

    @Test("3.5, figure 6: the handshake, and 3.10.1 OPEN")
    func handshake() {
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 0>
                expect state synSent
                +.05 < S. 0:0 ack 1 win 1000 <mss 1460>
                > . 1:1 ack 1 win 65535 <>
                expect state established
                expect events established
                expect sndwnd 1000
                expect srtt 50
                """) == [])
    }

    @Test("3.5, figure 8: both open at the same time, by SYN,ACK and by ACK")
    func simultaneousOpen() {
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                < S 0:0 win 1000 <mss 1460>
                > S. 0:0 ack 1
                expect state synReceived
                < S. 0:0 ack 1 win 1000
                expect state established
                expect events established
                """) == [])
        #expect(
            Self.script(
                "synReceived",
                """
                < . 1:1 ack 1 win 2000
                expect state established
                expect sndwnd 2000
                """) == [])
    }

    @Test("3.5, figure 8: only what the peer has offered is answered")
    func simultaneousOptions() {
        #expect(
            TCPScript.run(
                """
                open
                > S 0:0
                +.01 < S 0:0 win 1000 <mss 1460,sackOK,TS val 7 ecr 0,wscale 3>
                > S. 0:0 ack 1 <mss 1460,sackOK,TS val 10 ecr 7,wscale 0>
                """) == [])
    }

    // MARK: 3.10.7.3 SYN-SENT

    @Test("3.10.7.3, first: an ACK of something that was not sent is answered with RST", arguments: [0, 2, -5])
    func synSentGhost(number: Int) {
        #expect(Self.script("synSent", "< . 7:7 ack \(number)\n> R \(number):\(number)\nexpect state synSent") == [])
        #expect(Self.script("synSent", "< S. 7:7 ack \(number)\n> R \(number):\(number)\nexpect state synSent") == [])
        #expect(Self.script("synSent", "< R. 7:7 ack \(number)\nexpect state synSent") == [])
    }

    @Test("3.10.7.3, second: RST with the right ACK refuses; without one it is dropped")
    func synSentReset() {
        #expect(
            Self.script("synSent", "< R. 0:0 ack 1\nexpect state closed\nexpect failure refused\nexpect events failed closed") == [])
        #expect(Self.script("synSent", "< R 0:0\nexpect state synSent") == [])
        #expect(Self.script("synSent", "< SR 0:0\nexpect state synSent") == [])
    }

    @Test("3.10.7.3, fourth and fifth: neither SYN nor RST")
    func synSentOther() {
        #expect(Self.script("synSent", "< . 0:0 ack 1\nexpect state synSent") == [])
        #expect(Self.script("synSent", "< F 0:10\nexpect state synSent") == [])
    }

    @Test("3.10.7.3, fourth: text and FIN of a SYN,ACK go on with the sixth step")
    func synSentText() {
        #expect(
            Self.script(
                "synSent",
                """
                < S. 0:100 ack 1 win 1000
                > . 1:1 ack 101
                expect state established
                expect pieces 0+100@0
                """) == [])
        #expect(
            Self.script(
                "synSent",
                """
                < SF. 0:100 ack 1 win 1000
                > . 1:1 ack 102
                expect state closeWait
                expect pieces 0+100@0
                expect events established ended
                """) == [])
    }

    // MARK: 3.10.7.4, first

    @Test("3.10.7.4, first: what is outside of the window is answered with an ACK and changes nothing", arguments: synchronized)
    func unacceptable(state: String) {
        let next = Self.next(state)
        let sent = Self.sent(state)
        for (from, to) in [(next - 100, next - 50), (next - 100, next), (next + 65_536, next + 65_600), (next + 200_000, next + 200_001)] {
            #expect(
                Self.script(
                    state, "< . \(from):\(to) ack 1\n> . \(sent):\(sent) ack \(next)\nexpect state \(state)\nexpect pieces ") == [])
        }
        // Without text it is answered, too.
        for from in [next - 1, next + 65_536] {
            #expect(Self.script(state, "< . \(from):\(from) ack 1\n> . \(sent):\(sent) ack \(next)\nexpect state \(state)") == [])
        }
    }

    @Test("3.10.7.4, first: a window of zero takes the next number without text, and its ACK")
    func zeroWindow() {
        #expect(
            TCPScript.run(
                """
                buffer 256
                connect
                < P. 1:257 ack 1
                +.04 > . 1:1 ack 257 win 0
                write 10
                > P. 1:11 ack 257
                < . 257:300 ack 11
                > . 11:11 ack 257 win 0
                expect pieces 0+256@0
                expect flight 0
                < F. 257:257 ack 11
                > . 11:11 ack 257 win 0
                expect state established
                < . 258:258 ack 11
                > . 11:11 ack 257 win 0
                """) == [])
    }

    @Test("3.10.7.4, first: a segment is cut to the window on both sides")
    func trimmed() {
        #expect(
            TCPScript.run(
                """
                buffer 1000
                connect
                < . 1:501 ack 1
                +.04 > . 1:1 ack 501 win 500
                < . 401:901 ack 1
                > . 1:1 ack 901 win 100
                expect pieces 0+500@0 100+400@500
                < . 901:1101 ack 1
                > . 1:1 ack 1001 win 0
                expect pieces 0+100@900
                expect events dropped
                """) == [])
    }

    // MARK: 3.10.7.4, second (RFC 5961, 3.2)

    @Test("RFC 5961, 3.2: RST with exactly RCV.NXT ends a connection", arguments: synchronized)
    func reset(state: String) {
        let next = Self.next(state)
        let silent = ["closing", "lastAck", "timeWait"].contains(state)
        #expect(
            Self.script(
                state,
                """
                < R \(next):\(next)
                expect state closed
                expect failure \(silent ? "none" : "reset")
                """) == [])
    }

    @Test("RFC 5961, 3.2: RST elsewhere in the window asks; outside it is nothing", arguments: synchronized)
    func blindReset(state: String) {
        let next = Self.next(state)
        let sent = Self.sent(state)
        #expect(
            Self.script(state, "< R \(next + 1):\(next + 1)\n> . \(sent):\(sent) ack \(next)\nexpect state \(state)") == [])
        for number in [next - 1, next + 70_000] {
            #expect(Self.script(state, "< R \(number):\(number)\nexpect state \(state)") == [])
            #expect(Self.script(state, "< R. \(number):\(number) ack 1\nexpect state \(state)") == [])
        }
    }

    @Test("3.10.7.4, second: RST in SYN-RECEIVED of an active OPEN refuses")
    func synReceivedReset() {
        #expect(Self.script("synReceived", "< R 1:1\nexpect state closed\nexpect failure refused") == [])
        #expect(Self.script("synReceived", "< R 2:2\n> . 1:1 ack 1\nexpect state synReceived") == [])
    }

    @Test("RFC 5961, 10: challenge ACKs are limited")
    func challengesAreLimited() {
        let one = "< R 50:50\n> . 1:1 ack 1\n"
        #expect(
            Self.script("established", String(repeating: one, count: 10) + "< R 50:50\n+5 < R 50:50\n> . 1:1 ack 1") == [])
    }

    // MARK: 3.10.7.4, fourth (RFC 5961, 4.2)

    @Test("RFC 5961, 4.2: a SYN, whatever its number, is answered with an ACK", arguments: synchronized)
    func synInSynchronized(state: String) {
        let next = Self.next(state)
        let sent = Self.sent(state)
        // In TIME-WAIT one that is ahead begins a new connection.
        let numbers = state == "timeWait" ? [0, next - 1] : [0, next, next + 100, next + 100_000]
        for number in numbers {
            #expect(
                Self.script(state, "< S \(number):\(number)\n> . \(sent):\(sent) ack \(next)\nexpect state \(state)") == [],
                "SYN \(number)")
            #expect(
                Self.script(state, "< S. \(number):\(number) ack 1\n> . \(sent):\(sent) ack \(next)\nexpect state \(state)") == [])
        }
    }

    @Test("RFC 6191, 2: a SYN that is ahead begins a new connection in TIME-WAIT")
    func timeWaitReuse() {
        #expect(Self.script("timeWait", "< S 2:2\nexpect events ended replaced\nexpect state closed") == [])
        #expect(Self.script("timeWait", "< S 1000:1000\nexpect events ended replaced") == [])
        // It had no timestamps and the new one has: it is honoured whatever its number.
        #expect(Self.script("timeWait", "< S -50:-50 <TS val 1 ecr 0>\nexpect events ended replaced") == [])
    }

    @Test("RFC 6191, 2: with timestamps the later one, or the same and a later number")
    func timeWaitReuseTimestamps() {
        let start = """
            connect <mss 1000,TS val 500 ecr 0>
            shutdown
            > F. 1:1 ack 1
            < F. 1:1 ack 2 <TS val 600 ecr 100>
            > . 2:2 ack 2
            expect events ended

            """
        #expect(TCPScript.run(start + "< S -50:-50 <TS val 601 ecr 0>\nexpect events replaced") == [])
        #expect(TCPScript.run(start + "< S 2:2 <TS val 600 ecr 0>\nexpect events replaced") == [])
        #expect(TCPScript.run(start + "< S -50:-50 <TS val 600 ecr 0>\n> . 2:2 ack 2\nexpect state timeWait") == [])
        #expect(TCPScript.run(start + "< S 50:50 <TS val 599 ecr 0>\n> . 2:2 ack 2\nexpect state timeWait") == [])
        #expect(TCPScript.run(start + "< S 2:2\nexpect events replaced") == [])
    }

    // MARK: 3.10.7.4, fifth

    @Test("3.10.7.4, fifth: without an ACK a segment is dropped", arguments: synchronized)
    func withoutAck(state: String) {
        let next = Self.next(state)
        #expect(Self.script(state, "< - \(next):\(next + 10)\nexpect state \(state)\nexpect pieces ") == [])
        #expect(Self.script(state, "< F \(next):\(next)\nexpect state \(state)") == [])
    }

    @Test("3.10.7.4, fifth, SYN-RECEIVED: an ACK of something else is answered with RST", arguments: [0, 2, -70_000])
    func synReceivedAck(number: Int) {
        #expect(Self.script("synReceived", "< . 1:1 ack \(number)\n> R \(number):\(number)\nexpect state synReceived") == [])
    }

    @Test("RFC 5961, 5.2: an ACK of what was never sent, or older than a window, is asked about", arguments: synchronized)
    func ackOfNothing(state: String) {
        let next = Self.next(state)
        let sent = Self.sent(state)
        for number in [sent + 1, sent + 100_000, sent - 65_536 - 2] {
            #expect(
                Self.script(
                    state,
                    "< . \(next):\(next + 10) ack \(number)\n> . \(sent):\(sent) ack \(next)\nexpect state \(state)\nexpect pieces ")
                    == [], "ACK \(number)")
        }
    }

    @Test("3.10.7.4, fifth: an old ACK is ignored, and its text is taken")
    func oldAck() {
        #expect(
            TCPScript.run(
                """
                connect
                write 1000
                > P. 1:1001 ack 1
                < . 1:1 ack 1001
                < . 1:11 ack 500
                +.04 > . 1001:1001 ack 11
                expect pieces 0+10@0
                """) == [])
    }

    @Test("3.10.7.4, fifth: our FIN is acknowledged")
    func finAcknowledged() {
        #expect(Self.script("finWait1", "< . 1:1 ack 2\nexpect state finWait2") == [])
        #expect(Self.script("closing", "< . 2:2 ack 2\nexpect state timeWait") == [])
        #expect(Self.script("lastAck", "< . 2:2 ack 2\nexpect state closed\nexpect failure none") == [])
        // Not by an ACK of what is before it.
        #expect(Self.script("finWait1", "< . 1:1 ack 1\nexpect state finWait1") == [])
        #expect(Self.script("closing", "< . 2:2 ack 1\nexpect state closing") == [])
        #expect(Self.script("lastAck", "< . 2:2 ack 1\nexpect state lastAck") == [])
    }

    @Test("3.10.7.4, fifth: a window is not taken from an older segment")
    func windowUpdates() {
        #expect(
            TCPScript.run(
                """
                connect
                < . 1:11 ack 1 win 5000
                < . 11:21 ack 1 win 4000
                > *
                expect sndwnd 4000
                // SND.WL1 is 11: this one is older.
                < . 5:12 ack 1 win 9000
                > *
                expect sndwnd 4000
                < . 21:21 ack 1 win 3000
                expect sndwnd 3000
                < . 21:21 ack 1 win 7000
                expect sndwnd 7000
                """) == [])
    }

    @Test("3.10.7.1: in CLOSED everything but RST is answered with RST")
    func closed() {
        let start = "connect\nabort\n> R 1:1\nexpect state closed\n"
        #expect(TCPScript.run(start + "< . 1:11 ack 1\n> R 1:1") == [])
        #expect(TCPScript.run(start + "< S 5:5\n> R. 0:0 ack 6") == [])
        #expect(TCPScript.run(start + "< F 5:15\n> R. 0:0 ack 16") == [])
        #expect(TCPScript.run(start + "< R 1:1\n< R. 1:1 ack 1") == [])
    }
}
