import KernelSupport
import LoaderCore
import TestSupport
import Testing

/// A program packed with its files: the archive and its hermit.toml.
@Suite(.serialized, .inTurn)
struct PackedProgramTests {
    /// One entry of a ustar archive, filled up to whole blocks.
    private static func entry(_ path: String, _ text: String, kind: Character = "0") -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        let data = Array(text.utf8)
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        header.put(path, at: 0)
        header.put("0000644", at: 100)
        header.put("0000000", at: 108)
        header.put("0000000", at: 116)
        header.put(octal(data.count, 11), at: 124)
        header.put("00000000000", at: 136)
        header.put("        ", at: 148)
        header.put(String(kind), at: 156)
        header.put("ustar\u{0}00", at: 257)
        header.put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        return header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    private static let end = [UInt8](repeating: 0, count: 1024)

    private static func archive(_ configuration: String, program: String = "program") -> [UInt8] {
        entry("hermit.toml", configuration) + entry(program, "IMAGE") + entry("etc/file", "text") + end
    }

    private static let plain = """
        # A comment.
        version = "1"
        kernel = "program"  # Another one.

        [input]
        kernel_args = ["log=info"]
        app_args = ["one two", 'a\\b', "quote \\" \\u00e9",
            "",  # Nothing.
        ]
        env_vars = [ "A=b c" , ]

        [requirements]
        memory = "64 MiB"
        cpus = 2

        """

    private func line(_ archive: [UInt8], _ monitor: String = "") throws -> String {
        var sink = Sink()
        let text = Array(monitor.utf8)
        try PackedProgram(archive.span.bytes).writeLine(
            text.span.bytes, archive.span.bytes, to: &sink)
        return String(decoding: sink.bytes, as: UTF8.self)
    }

    private struct Sink: ByteSink {
        var bytes: [UInt8] = []
        mutating func add(_ byte: UInt8) { bytes.append(byte) }
    }

    /// What is wrong with an archive.
    private func fault(_ archive: [UInt8]) -> PackedProgram.Fault? {
        do throws(PackedProgram.Fault) {
            _ = try PackedProgram(archive.span.bytes)
            return nil
        } catch { return error }
    }

    private func isArchive(_ bytes: [UInt8]) -> Bool { PackedProgram.isArchive(bytes.span.bytes) }

    @Test func theProgramIsFound() throws {
        let archive = Self.archive(Self.plain)
        #expect(isArchive(archive))
        let packed = try PackedProgram(archive.span.bytes)
        #expect(Array(archive[packed.image]) == Array("IMAGE".utf8))
        #expect(packed.neededMemory == 64 << 20)
        #expect(packed.neededProcessors == 2)
        // What follows the program is the guest's.
        let files = Array(archive[packed.files])
        #expect(files == Self.entry("etc/file", "text") + Self.end)
    }

    /// Where the two are not the first, nothing is left out.
    @Test func otherOrders() throws {
        let archive =
            Self.entry("etc/file", "text") + Self.entry("./boot/program", "IMAGE")
            + Self.entry("./hermit.toml", Self.plain.replacing("\"program\"", with: "\"/boot/program\""))
            + Self.end
        let packed = try PackedProgram(archive.span.bytes)
        #expect(Array(archive[packed.image]) == Array("IMAGE".utf8))
        #expect(packed.files == 0..<archive.count)
    }

    @Test func theLineHasAllWords() throws {
        let archive = Self.archive(Self.plain)
        #expect(
            try line(archive)
                == #"log=info env=A=b\ c  -- one\ two a\\b quote\ \"\ é "" "#)
        #expect(
            try line(archive, "channel=com2 -- more \"and more\"")
                == #"log=info env=A=b\ c channel=com2 -- one\ two a\\b quote\ \"\ é ""  more "and more""#)
        // A quoted `--` is no end.
        #expect(try line(archive, "a \"--\" b").hasPrefix(#"log=info env=A=b\ c a "--" b --"#))
    }

    @Test(arguments: [
        ("version = \"1\"\n", PackedProgram.Fault.badConfiguration),
        ("version = \"2\"\nkernel = \"program\"\n", .wrongVersion),
        ("kernel = \"program\"\n", .wrongVersion),
        ("version = \"1\"\nkernel = \"nowhere\"\n", .noProgram),
        ("version = \"1\"\nkernel = \"program\n", .badConfiguration),
        ("version = \"1\"\nkernel = \"pro\\qgram\"\n", .badConfiguration),
        ("version = \"1\"\nkernel = \"program\" x\n", .badConfiguration),
        ("version = \"1\"\nkernel = {}\n", .badConfiguration),
        ("version = \"1\"\nkernel = [\"program\"\n", .badConfiguration),
        ("version = \"1\"\nkernel = \"program\"\n[input\n", .badConfiguration),
        ("version = \"1\"\nkernel = \"program\"\n[input]\napp_args = [\"\\u0000\"]\n", .badConfiguration),
        ("version = \"1\"\nkernel = \"program\"\n[requirements]\nmemory = \"1 parsec\"\n", .badConfiguration),
        ("version = \"1\"\nkernel = \"program\"\n[requirements]\ncpus = many\n", .badConfiguration),
    ])
    func faultsAreNamed(text: String, fault: PackedProgram.Fault) {
        #expect(self.fault(Self.archive(text)) == fault)
    }

    @Test func damagedArchives() {
        let empty = Self.end
        #expect(!isArchive(empty))
        let none = Self.entry("etc/file", "text") + Self.end
        #expect(fault(none) == .noConfiguration)
        let cut = Array(Self.archive(Self.plain).prefix(600))
        #expect(fault(cut) == .damagedArchive)
    }

    /// Whatever an archive holds: a fault, or ranges that lie in it, and a line.
    @Test func hostileArchives() {
        var generator = SeededGenerator(state: 0x7A72)
        let good = Self.archive(Self.plain)
        let monitor = Array("log=warn -- x".utf8)
        var understood = 0
        for number in 0..<fuzzCases {
            var archive = good
            // The configuration's text as often as the headers, whose sum is put right.
            for _ in 0...generator.below(4) {
                mutate(&archive, in: generator.below(3) == 0 ? 0..<archive.count : 512..<1024, &generator)
            }
            if generator.below(8) == 0 { archive.removeLast(generator.below(archive.count)) }
            if archive.count >= 512, generator.below(2) == 0 {
                archive.put("        ", at: 148)
                let sum = archive[..<512].reduce(0) { $0 + Int($1) }
                let digits = String(sum, radix: 8)
                archive.put(String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} ", at: 148)
            }
            guard let packed = try? PackedProgram(archive.span.bytes) else { continue }
            understood += 1
            var sink = Sink()
            packed.writeLine(monitor.span.bytes, archive.span.bytes, to: &sink)
            let isInside =
                packed.image.upperBound <= archive.count && packed.files.upperBound <= archive.count
                && sink.bytes.count < 8 * archive.count
            guard isInside else {
                Issue.record("case \(number): outside")
                return
            }
        }
        #expect(understood > fuzzCases / 100)
    }
}
