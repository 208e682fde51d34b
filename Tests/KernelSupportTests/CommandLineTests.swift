import KernelSupport
import TestSupport
import Testing

/// What an application would get from a boot line.
private struct Program: Equatable {
    var arguments: [String]
    var environment: [String]
    var line: KernelCommandLine

    static func == (a: Program, b: Program) -> Bool {
        a.arguments == b.arguments && a.environment == b.environment
    }

    /// `nil` when the block is too small, or when a pointer leads out of it.
    init?(_ text: [UInt8], blockSize: Int? = nil) {
        let base: UInt64 = 0x7000_0000
        let span = unsafe text.span.bytes
        line = KernelCommandLine(span)
        var block = [UInt8](repeating: 0xEE, count: blockSize ?? line.blockSize)
        var elements = block.mutableSpan
        var bytes = unsafe elements.mutableBytes
        guard line.write(span, to: &bytes, at: base) else { return nil }
        func word(_ offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(block[offset + $1]) << UInt64(8 * $1) }
        }
        func strings(_ offset: Int, _ count: Int) -> [String]? {
            guard word(offset + 8 * count) == 0 else { return nil }
            var list: [String] = []
            for i in 0..<count {
                let start = Int(word(offset + 8 * i)) - Int(base)
                guard block.indices.contains(start),
                    let end = block[start...].firstIndex(of: 0)
                else { return nil }
                list.append(String(decoding: block[start..<end], as: UTF8.self))
            }
            return list
        }
        guard let arguments = strings(0, line.argumentCount),
            let environment = strings(line.environmentOffset, line.environmentCount)
        else { return nil }
        self.arguments = arguments
        self.environment = environment
    }

    init?(_ text: String) { self.init(Array(text.utf8)) }
}

/// What the documentation of `KernelCommandLine` says about making a line.
private func quote(_ word: [UInt8]) -> [UInt8] {
    if word.isEmpty { return Array("\"\"".utf8) }
    return word.flatMap { byte in
        [0x20, 0x22, 0x5C].contains(byte) ? [0x5C, byte] : [byte]
    }
}

@Suite(.serialized, .inTurn)
struct CommandLineTests {
    struct Case: Sendable {
        let line: String
        let arguments: [String]
        var environment: [String] = []
        var unknown = 0
    }

    @Test(arguments: [
        Case(line: "", arguments: ["hermit"]),
        Case(line: "   ", arguments: ["hermit"]),
        Case(line: "--", arguments: ["hermit"]),
        Case(line: "-- a", arguments: ["hermit", "a"]),
        Case(line: "--  a   b ", arguments: ["hermit", "a", "b"]),
        Case(line: "-- a \"b c\"", arguments: ["hermit", "a", "b c"]),
        Case(line: "-- a\"b c\"d", arguments: ["hermit", "ab cd"]),
        Case(line: "-- b\\ c", arguments: ["hermit", "b c"]),
        Case(line: "-- \"\" x", arguments: ["hermit", "", "x"]),
        Case(line: "-- \"a\\\"b\\\\\"", arguments: ["hermit", "a\"b\\"]),
        Case(line: "-- \\\\ \\\"", arguments: ["hermit", "\\", "\""]),
        Case(line: "-- \"never closed", arguments: ["hermit", "never closed"]),
        Case(line: "-- at the end\\", arguments: ["hermit", "at", "the", "end\\"]),
        Case(line: "-- a -- b", arguments: ["hermit", "a", "--", "b"]),
        Case(line: "-- --", arguments: ["hermit", "--"]),
        Case(line: "\"--\" -- a", arguments: ["hermit", "a"], unknown: 1),
        Case(line: "-- env=A=B log=trace", arguments: ["hermit", "env=A=B", "log=trace"]),
        Case(line: "name=prog -- a", arguments: ["prog", "a"]),
        Case(line: "name=a name=\"b c\" --", arguments: ["b c"]),
        Case(line: "name=", arguments: [""]),
        Case(line: "env=A=B env=C= -- x", arguments: ["hermit", "x"], environment: ["A=B", "C="]),
        Case(line: "\"env=A=b c=d\" --", arguments: ["hermit"], environment: ["A=b c=d"]),
        Case(line: "env=A env==B env= --", arguments: ["hermit"], unknown: 3),
        Case(line: "mount=a:/b mount=c:/d\\ e:ro --", arguments: ["hermit"]),
        Case(line: "what pi=1 --", arguments: ["hermit"], unknown: 2),
        Case(
            line: "virtio_mmio.device=512@0xfeb00e00:12 log=loud", arguments: ["hermit"],
            unknown: 1),
        Case(line: "-- a\0b", arguments: ["hermit", "a"]),
        Case(line: "-- gr\u{FC}n \u{1F980}", arguments: ["hermit", "gr\u{FC}n", "\u{1F980}"]),
    ])
    func wordsOfALine(_ test: Case) throws {
        let program = try #require(Program(test.line))
        #expect(program.arguments == test.arguments)
        #expect(program.environment == test.environment)
        #expect(program.line.unknownWords == test.unknown)
    }

    @Test(arguments: [
        ("", LogLevel.warning), ("log=error", .error), ("log=warn", .warning), ("log=info", .info),
        ("log=debug", .debug), ("log=trace", .trace), ("log=info log=debug", .debug),
        ("l\"og=\"info", .info), ("log=infos", .warning), ("-- log=info", .warning),
    ])
    func logLevels(_ line: String, _ level: LogLevel) throws {
        #expect(try #require(Program(line)).line.logLevel == level)
    }

    @Test func theChannelIsAKernelWord() throws {
        #expect(try #require(Program("log=info channel=com2 -- a")).line.usesChannel)
        #expect(try !#require(Program("channel=com1")).line.usesChannel)
        #expect(try !#require(Program("xchannel=com2 env=A=channel=com2")).line.usesChannel)
        #expect(try !#require(Program("-- channel=com2")).line.usesChannel)
        #expect(try #require(Program("name=a--b channel=com2")).line.usesChannel)
    }

    @Test func aBlockThatIsTooSmallIsRefused() throws {
        let line = Array("name=prog env=A=B -- one \"two three\"".utf8)
        let size = try #require(Program(line)).line.blockSize
        // Two arguments, the name, a variable and two ends; their texts and zeroes.
        #expect(size == 8 * 6 + "prog".count + "one".count + "two three".count + "A=B".count + 4)
        for count in 0..<size { #expect(Program(line, blockSize: count) == nil) }
        #expect(Program(line, blockSize: size + 1) != nil)
    }

    @Test(.timeLimit(.minutes(10))) func whatIsQuotedComesOutAsItWas() throws {
        let alphabet = Array("  \"\"\\\\ab=-\u{FC}\n\t'".utf8)
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            func word() -> [UInt8] {
                (0..<generator.next() % 6).map { _ in
                    alphabet[Int(generator.next() % UInt64(alphabet.count))]
                }
            }
            let variables = (0..<generator.next() % 3).map { _ in Array("K=".utf8) + word() }
            let arguments = (0..<generator.next() % 4).map { _ in word() }
            var line: [UInt8] = []
            for variable in variables { line += quote(Array("env=".utf8) + variable) + [0x20] }
            line += Array("--".utf8)
            for argument in arguments { line += [0x20] + quote(argument) }
            guard let program = Program(line),
                program.arguments
                    == ["hermit"] + arguments.map({ String(decoding: $0, as: UTF8.self) }),
                program.environment == variables.map({ String(decoding: $0, as: UTF8.self) }),
                program.line.unknownWords == 0
            else {
                Issue.record("\(line) came out otherwise, seed \(seed)")
                return
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func anyBytesAreALine() {
        let pieces = [" ", "\"", "\\", "--", "env=", "A=", "name=", "log=", "\0", "x"].map {
            Array($0.utf8)
        }
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            var line: [UInt8] = []
            for _ in 0..<generator.next() % 12 {
                let choice = generator.next()
                if choice & 3 == 0 {
                    line.append(UInt8(truncatingIfNeeded: choice >> 8))
                } else {
                    line += pieces[Int((choice >> 8) % UInt64(pieces.count))]
                }
            }
            guard Program(line) != nil else {
                Issue.record("\(line) does not fit in its block, seed \(seed)")
                return
            }
        }
    }

    @Test func eachWordIsHeardAlone() throws {
        let plain = try #require(Program("")).line
        #expect(!plain.tellsStatistics && !plain.tracesCalls && !plain.checksHeap)
        let stats = try #require(Program("stats -- strace")).line
        #expect(stats.tellsStatistics && !stats.tracesCalls && stats.unknownWords == 0)
        let longer = try #require(Program("statsx stat -- stats")).line
        #expect(!longer.tellsStatistics && longer.unknownWords == 2)
        #expect(plain.isolation == .usual)
        let on = try #require(Program("isolation=on")).line
        #expect(on.isolation == .on && on.unknownWords == 0)
        let required = try #require(Program("terminal=2 isolation=require")).line
        #expect(required.isolation == .required && required.terminals == 4)
        let off = try #require(Program("isolation=off isolation=of -- isolation=on")).line
        #expect(off.isolation == .off && off.unknownWords == 1)
        let both = try #require(Program("isolation=on isolation=off")).line
        #expect(both.isolation == .on && both.terminals == 0)
    }
}
