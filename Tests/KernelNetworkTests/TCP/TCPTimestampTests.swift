import NetworkSimulation
import Testing

@Suite("Network: TCP timestamps (RFC 7323)")
struct TCPTimestampTests {
    /// The clock is at 100 ms, TS.Recent is 1000.
    static let start = "connect <mss 1000,TS val 1000 ecr 0>\n"

    @Test("3.2: every segment has the option once both have sent it")
    func option() {
        #expect(
            TCPScript.run(
                Self.start + """
                    write 10
                    > P. 1:11 ack 1 <TS val 100 ecr 1000>
                    +.02 < . 1:11 ack 11 <TS val 1020 ecr 100>
                    +.04 > . 11:11 ack 11 <TS val 160 ecr 1020>
                    """) == [])
    }

    @Test("3.2: a segment without it is dropped silently, but RST is taken")
    func missing() {
        #expect(TCPScript.run(Self.start + "< . 1:11 ack 1\nexpect pieces \n< R 1:1\nexpect state closed") == [])
    }

    @Test("5.3, R1: PAWS: an older segment is acknowledged and dropped; equal is not older")
    func paws() {
        #expect(
            TCPScript.run(
                Self.start + """
                    < . 1:11 ack 1 <TS val 999 ecr 0>
                    > . 1:1 ack 1
                    expect pieces \("")
                    < . 1:11 ack 1 <TS val 1000 ecr 0>
                    expect pieces 0+10@0
                    +.04 > *
                    """) == [])
        // Round 2^32: a value that is 2^31 - 1 ahead is newer.
        #expect(TCPScript.run("connect <mss 1000,TS val 4294967290 ecr 0>\n< . 1:11 ack 1 <TS val 5 ecr 0>\n+.04 > . 1:1 ack 11 <TS val 140 ecr 5>") == [])
    }

    @Test("5.3: RST is not subject to PAWS")
    func pawsReset() {
        #expect(TCPScript.run(Self.start + "< R 1:1 <TS val 1 ecr 0>\nexpect state closed") == [])
    }

    @Test("5.5: after 24 days without a segment any timestamp is taken")
    func idle() {
        let days = 24 * 86_400
        #expect(TCPScript.run(Self.start + "+\(days - 1) < . 1:11 ack 1 <TS val 1 ecr 0>\n> . 1:1 ack 1\nexpect pieces ") == [])
        #expect(TCPScript.run(Self.start + "+\(days + 1) < . 1:11 ack 1 <TS val 1 ecr 0>\nexpect pieces 0+10@0\n+.04 > *") == [])
    }

    @Test("4.3, 5.3, R3: TS.Recent is of the segment that begins at or before Last.ACK.sent")
    func recent() {
        // (A) a delayed ACK echoes the earliest segment.
        #expect(
            TCPScript.run(
                Self.start + """
                    < . 1:1001 ack 1 <TS val 1001 ecr 0>
                    < . 1001:2001 ack 1 <TS val 1002 ecr 0>
                    > . 1:1 ack 2001 <TS val 100 ecr 1001>
                    """) == [])
        // (B) behind a gap the timestamp stays; (C) what fills it has its own.
        #expect(
            TCPScript.run(
                Self.start + """
                    < . 1001:2001 ack 1 <TS val 1002 ecr 0>
                    > . 1:1 ack 1 <TS val 100 ecr 1000>
                    < . 1:1001 ack 1 <TS val 1001 ecr 0>
                    > . 1:1 ack 2001 <TS val 100 ecr 1001>
                    """) == [])
    }

    @Test("4.1: what was sent twice is measured by the echo")
    func measured() {
        #expect(
            TCPScript.run(
                Self.start + """
                    expect srtt 100
                    write 10
                    > P. 1:11 ack 1
                    +.3 > P. 1:11 ack 1 <TS val 400 ecr 1000>
                    // 180 ms after the second: 7/8 * 100 + 1/8 * 180.
                    +.18 < . 1:1 ack 11 <TS val 1001 ecr 400>
                    expect srtt 110
                    """) == [])
    }

    @Test("RFC 6298, 3: without timestamps what was sent twice is not measured (Karn)")
    func karn() {
        #expect(
            TCPScript.run(
                """
                connect
                expect srtt 100
                expect rto 300
                write 10
                > P. 1:11 ack 1
                +.3 > P. 1:11 ack 1
                expect rto 600
                +.18 < . 1:1 ack 11
                expect srtt 100
                // 5.5: the doubled timeout stays until something is measured.
                expect rto 600
                write 10
                > P. 11:21 ack 1
                +.1 < . 1:1 ack 21
                expect srtt 100
                // 100 + 4 * 3/4 * 50
                expect rto 250
                """) == [])
    }
}
