import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: TCP's header")
struct TCPHeaderTests {
    private func parse(_ bytes: [UInt8]) -> TCPSegmentHeader? {
        TCPSegmentHeader(parsing: unsafe bytes.span.bytes)
    }

    private func emitted(_ header: TCPHeader) -> [UInt8]? {
        written(capacity: 60) { header.emit(into: &$0) }
    }

    @Test("A SYN as it is seen on wires")
    func syn() throws {
        let segment = try #require(
            parse(
                hex(
                    """
                    c350 0050 00000001 00000000 a002 7210 0000 0000
                    0204 05b4 0402 080a 0000000a 00000000 01 0303 07
                    """)))
        let header = segment.header
        #expect(header.source == Port(50000) && header.destination == Port(80))
        #expect(header.flags == .syn && header.window == 0x7210)
        #expect(header.options.maximumSegmentSize == 1460)
        #expect(header.options.windowScale == 7)
        #expect(header.options.isSelectiveAcknowledgmentPermitted)
        #expect(header.options.timestamps == TCPTimestamps(value: 10, echo: 0))
        #expect(segment.payloadOffset == 40)
    }

    @Test("The usual segment's short way reads as the long one")
    func timestamps() throws {
        let short = try #require(
            parse(hex("0001 0002 00000003 00000004 8010 0005 0000 0006 0101080a 00000007 00000008")))
        let long = try #require(
            parse(hex("0001 0002 00000003 00000004 8010 0005 0000 0006 080a 00000007 00000008 0101")))
        #expect(short == long)
        #expect(short.header.options.timestamps == TCPTimestamps(value: 7, echo: 8))
    }

    @Test("Lengths that lie")
    func lies() {
        let plain = hex("0001 0002 00000003 00000004 5010 0005 0000 0006")
        #expect(parse(plain) != nil)
        #expect(parse(Array(plain.dropLast())) == nil)
        for words in 0..<16 {
            var bytes = plain
            bytes[12] = UInt8(words << 4)
            #expect((parse(bytes) != nil) == (words == 5))
        }
        for length in 0...9 {
            var bytes = plain + [8, UInt8(length), 0, 0, 0, 0, 0, 0]
            bytes[12] = 7 << 4
            let options = parse(bytes)?.header.options
            #expect(options?.isMalformed == (length < 2 || length > 8))
            #expect(options?.timestamps == nil)
        }
        // An option behind a sound one that runs past the end: what was read stays.
        var bytes = plain + hex("0204 05b4 0000 0000")
        bytes[12] = 7 << 4
        bytes[24] = 1
        bytes[25] = 1
        bytes[26] = 1
        bytes[27] = 3
        #expect(parse(bytes)?.header.options.maximumSegmentSize == 1460)
        #expect(parse(bytes)?.header.options.isMalformed == true)
        // Behind the end of the list nothing is read.
        bytes[24] = 0
        #expect(parse(bytes)?.header.options.isMalformed == false)
    }

    @Test("Blocks of SACK that find no room stay out")
    func room() {
        var options = TCPOptions()
        for i in 0..<4 as Range<UInt32> {
            let isAdded = options.selectiveAcknowledgments.append(.init(left: i, right: i + 1))
            #expect(isAdded)
        }
        let isAdded = options.selectiveAcknowledgments.append(.init(left: 9, right: 9))
        #expect(!isAdded)
        #expect(options.emittedBlocks == 4 && options.encodedLength == 36)
        options.timestamps = TCPTimestamps(value: 1, echo: 2)
        #expect(options.emittedBlocks == 3 && options.encodedLength == 40)
        options.maximumSegmentSize = 536
        #expect(options.emittedBlocks == 2)
        options.windowScale = 3
        options.userTimeout = TCPUserTimeout(count: 3, isInMinutes: true)
        #expect(options.emittedBlocks == 1 && options.encodedLength == 36)
    }

    static func header(_ generator: inout SeededGenerator) -> TCPHeader {
        var options = TCPOptions()
        let choice = generator.next()
        if choice & 1 != 0 { options.maximumSegmentSize = UInt16(truncatingIfNeeded: choice >> 16) }
        if choice & 2 != 0 { options.windowScale = UInt8(truncatingIfNeeded: choice >> 32) }
        options.isSelectiveAcknowledgmentPermitted = choice & 4 != 0
        if choice & 8 != 0 {
            let word = generator.next()
            options.timestamps = TCPTimestamps(value: UInt32(word >> 32), echo: UInt32(truncatingIfNeeded: word))
        }
        if choice & 16 != 0 {
            options.userTimeout = TCPUserTimeout(
                count: UInt16(truncatingIfNeeded: choice >> 40), isInMinutes: choice & 32 != 0)
        }
        for _ in 0..<choice >> 60 & 7 {
            let word = generator.next()
            options.selectiveAcknowledgments.append(
                .init(left: UInt32(word >> 32), right: UInt32(truncatingIfNeeded: word)))
        }
        var kept = TCPSelectiveAcknowledgments()
        for i in 0..<options.emittedBlocks { kept.append(options.selectiveAcknowledgments[i]) }
        options.selectiveAcknowledgments = kept
        let (a, b) = (generator.next(), generator.next())
        return TCPHeader(
            source: Port(UInt16(truncatingIfNeeded: a)), destination: Port(UInt16(truncatingIfNeeded: a >> 16)),
            sequence: UInt32(a >> 32), acknowledgment: UInt32(truncatingIfNeeded: b),
            flags: TCPFlags(rawValue: UInt8(truncatingIfNeeded: b >> 32)),
            window: UInt16(truncatingIfNeeded: b >> 40), urgentPointer: UInt16(truncatingIfNeeded: choice),
            options: options)
    }

    @Test("What was emitted reads as what it was")
    func identity() throws {
        var generator = SeededGenerator(seed: 9293)
        for _ in 0..<10_000 {
            let header = Self.header(&generator)
            let bytes = try #require(emitted(header))
            #expect(bytes.count == header.encodedLength && bytes.count % 4 == 0 && bytes.count <= 60)
            let segment = try #require(parse(bytes))
            #expect(segment.header == header)
            #expect(segment.payloadOffset == bytes.count)
        }
    }

    @Test("Any bytes whatever are read or refused; what is read can be emitted and read again")
    func fuzz() {
        var generator = SeededGenerator(seed: 1)
        for number in 0..<fuzzCases {
            var bytes = generator.bytes(generator.below(70))
            if bytes.count > 20, number % 4 != 0 {
                bytes[12] = UInt8(5 + generator.below(11)) << 4
                // Options from few kinds and lengths, so that many are nearly right.
                for i in 20..<bytes.count where bytes[i] & 3 != 0 {
                    bytes[i] = [0, 1, 2, 3, 4, 5, 8, 10, 18, 28, 255][Int(bytes[i]) % 11]
                }
            }
            guard let segment = parse(bytes) else { continue }
            guard segment.payloadOffset <= bytes.count, segment.payloadOffset >= 20 else {
                Issue.record("case \(number): a payload outside")
                return
            }
            guard let again = emitted(segment.header) else {
                Issue.record("case \(number): a header of more than 60 bytes")
                return
            }
            guard let second = parse(again) else {
                Issue.record("case \(number): not read again")
                return
            }
            var expected = segment.header
            expected.options.isMalformed = false
            if expected.options.emittedBlocks == expected.options.selectiveAcknowledgments.count,
                second.header != expected
            {
                Issue.record("case \(number): \(bytes) is another header when read again")
                return
            }
        }
    }

    @Test("A checksum that is one bit off is not sound")
    func checksum() {
        let (source, destination) = (IPAddress.v4(IPv4Address(10, 0, 0, 1)), IPAddress.v4(IPv4Address(10, 0, 0, 2)))
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let header = Self.header(&generator)
            var bytes = emitted(header)! + generator.bytes(generator.below(40))
            var sum = InternetChecksum()
            sum.accumulatePseudoHeader(
                source: source, destination: destination, protocol: .tcp, length: bytes.count)
            sum.accumulate(unsafe bytes.span.bytes)
            bytes[TCPHeader.checksumOffset] = UInt8(sum.checksum >> 8)
            bytes[TCPHeader.checksumOffset + 1] = UInt8(truncatingIfNeeded: sum.checksum)
            let isSound = unsafe bytes.span.bytes.hasSoundChecksum(
                source: source, destination: destination, protocol: .tcp)
            #expect(isSound)
            bytes[generator.below(bytes.count)] ^= 1 << UInt8(generator.below(8))
            let isStillSound = unsafe bytes.span.bytes.hasSoundChecksum(
                source: source, destination: destination, protocol: .tcp)
            #expect(!isStillSound)
        }
    }
}
