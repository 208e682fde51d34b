import Foundation
import Testing

@testable import HermitTool

/// The kernel's report as the tool reads it, and what the symboliser tells.
@Suite struct FaultReportTests {
    // MARK: - Lines

    @Test func aFramesLineIsRead() throws {
        let first = try #require(ReportLine("  #0 at 0x2cc583b image+0x283b"))
        #expect(first.number == 0 && first.isExact)
        #expect(first.address == 0x2cc_583b && first.offset == 0x283b)
        #expect(first.lookedUpOffset == 0x283b)
        let second = try #require(ReportLine("  #12 from 0x2cc5694 image+0x2694"))
        #expect(second.number == 12 && !second.isExact && second.lookedUpOffset == 0x2693)
        let outside = try #require(ReportLine("  #0 at 0x0"))
        #expect(outside.offset == nil && outside.lookedUpOffset == nil)
        #expect(ReportLine("  #1 from 0x10 image+0x0")?.lookedUpOffset == nil)
    }

    @Test(arguments: [
        "", "#0 at 0x1", "  #", "  #0", "  #0 at", "  #0 at ", "  #0 at 12", "  #0 at 0x",
        "  #0 at 0x1 ", "  #0 at 0x1 image", "  #0 at 0x1 image+12", "  #0 at 0x1 image+0x",
        "  #0 at 0x1 image+0x1 ", "  #0 at 0x1 image+0x1x", "  #-1 at 0x1", "  #+1 at 0x1",
        "  #0 in 0x1", "  #0 at 0x12345678901234567", "  #99999999999999999999 at 0x1",
        "  ... 12 more ...", "  #0 at 0xAB", "page fault: read of 0x0 (the null page)",
    ])
    func otherLinesAreNone(text: String) { #expect(ReportLine(text) == nil) }

    @Test func garbageIsReadWithoutHarm() {
        let pieces = [
            "  #", "0", "12", " at ", " from ", "0x", "1f", " image+", " ", "\u{0}", "é", "#", "-",
            "18446744073709551616", "ffffffffffffffffffff",
        ]
        for seed in 0..<100_000 as Range<UInt64> {
            var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
            func next() -> Int {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return Int(state >> 33)
            }
            let text = (0..<next() % 9).map { _ in pieces[next() % pieces.count] }.joined()
            guard let line = ReportLine(text) else { continue }
            // What is read says the same as what was written.
            let words = line.isExact ? " at 0x" : " from 0x"
            #expect(text.hasPrefix("  #"), "seed \(seed)")
            #expect(text.contains(words), "seed \(seed)")
            #expect((line.offset != nil) == text.contains(" image+0x"), "seed \(seed)")
        }
    }

    // MARK: - The symboliser's output

    private static let output = """
        [{"Address":"0x283b","ModuleName":"image","Symbol":[{"Column":2,"Discriminator":0,\
        "FileName":"/home/me/work/src/../main.c","FunctionName":"read_null","Line":35,\
        "StartAddress":"0x2830","StartFileName":"","StartLine":0}]},\
        {"Address":"0x44e0","ModuleName":"image","Symbol":[\
        {"Column":0,"FileName":"/<compiler-generated>","FunctionName":\
        "Swift runtime failure: Index out of range","Line":0,"StartAddress":"0x44e0"},\
        {"Column":0,"FileName":"/<compiler-generated>","FunctionName":"$eSayxSicigSi_Tg5","Line":0,\
        "StartAddress":""},\
        {"Column":12,"FileName":"/home/me/work/a.swift","FunctionName":"$e1a1fyyF","Line":9,\
        "StartAddress":""},\
        {"Column":1,"FileName":"/home/me/work/a.swift","FunctionName":"a_main","Line":24,\
        "StartAddress":"0x4400"}]},\
        {"Address":"0x5000","ModuleName":"image","Symbol":[{"Column":0,"FileName":"",\
        "FunctionName":"__hermit_kernel_$e10KernelMain4BootV3runyyFZ","Line":0,\
        "StartAddress":"0x4fe0"}]},\
        {"Address":"0x6000","ModuleName":"image","Symbol":[{"Column":0,"FileName":"",\
        "FunctionName":"","Line":0,"StartAddress":""}]},\
        {"Address":"0x7000","Error":{"Message":"no such address"}}]
        """

    @Test func placesComeFromJSON() throws {
        let output = SymbolizerOutput(json: Data(Self.output.utf8))
        let null = try #require(output.places[0x283b])
        #expect(null.count == 1)
        #expect(null[0].description(from: "/home/me/work") == "read_null at main.c:35:2")
        #expect(null[0].description(from: "/home/me") == "read_null at work/main.c:35:2")
        #expect(null[0].description(from: "/home/m") == "read_null at /home/me/work/main.c:35:2")
        let check = try #require(output.places[0x44e0])
        #expect(check.map(\.function) == [
            "Swift runtime failure: Index out of range", "$e1a1fyyF", "a_main",
        ])
        #expect(output.places[0x5000]?.first?.isKernel == true)
        #expect(output.places[0x6000] == [])
        #expect(output.places[0x7000] == nil)
        #expect(output.mangledNames == ["$e10KernelMain4BootV3runyyFZ", "$e1a1fyyF"])
    }

    @Test(arguments: ["", "{}", "[", "[1]", "[{}]", "null", "[{\"Address\":\"x\",\"Symbol\":[]}]"])
    func whatIsNoSuchOutputGivesNothing(json: String) {
        #expect(SymbolizerOutput(json: Data(json.utf8)).places.isEmpty)
    }

    @Test func damagedOutputDoesNoHarm() {
        let whole = Array(Self.output.utf8)
        var state: UInt64 = 88_172_645_463_325_252
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<3 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state)
            }
            bytes.removeLast(Int(state >> 40) % 2 * (Int(state >> 20) % bytes.count))
            let output = SymbolizerOutput(json: Data(bytes))
            #expect(output.places.count <= 5)
        }
    }

    // MARK: - The report

    @Test func theReportIsToldWithNames() {
        var report = FaultReport()
        var taken = report.take("trap: a check has failed")
        #expect(!taken)
        taken = report.take("  rax 0x0000000000000000")
        #expect(!taken)
        for line in [
            "  #0 at 0x1044e0 image+0x44e0", "  #1 from 0x10283c image+0x283c",
            "  #2 from 0x105001 image+0x5001", "  ... 9 more ...", "  #12 from 0x106001 image+0x6001",
            "  #13 from 0x99",
        ] {
            taken = report.take(line)
            #expect(taken, "\(line)")
        }
        #expect(report.offsets == [0x283b, 0x44e0, 0x5000, 0x6000])
        var output = SymbolizerOutput(json: Data(Self.output.utf8))
        output.rename(["$e1a1fyyF": "f()", "$e10KernelMain4BootV3runyyFZ": "Boot.run()"])
        #expect(
            report.text(with: output.places, from: "/home/me/work") == [
                "Swift runtime failure: Index out of range",
                "  #0 f() at a.swift:9:12, inlined in",
                "     a_main at a.swift:24:1",
                "  #1 read_null at main.c:35:2",
                "  #2 kernel: Boot.run() + 32",
                "  ... 9 more ...",
                "  #12 from 0x106001 image+0x6001",
                "  #13 from 0x99",
            ])
    }

    @Test func aRecursionIsToldOnce() {
        var report = FaultReport()
        var lines = ["  #0 at 0x100020 image+0x20"]
        lines += (1...23).map { "  #\($0) from 0x100041 image+0x41" }
        lines += ["  ... 900 more ..."]
        lines += (924...930).map { "  #\($0) from 0x100041 image+0x41" }
        lines += ["  #931 from 0x100061 image+0x61", "  #932 from 0x100061 image+0x61"]
        for line in lines { _ = report.take(line) }
        var recurse = SourcePlace()
        (recurse.function, recurse.file, recurse.line) = ("recurse", "/a.c", 7)
        var main = SourcePlace()
        (main.function, main.distance) = ("main", 32)
        #expect(
            report.text(with: [0x20: [recurse], 0x40: [recurse], 0x60: [main]], from: "/b") == [
                "  #0 recurse at /a.c:7", "     and 23 more from there", "  ... 900 more ...",
                "  #924 recurse at /a.c:7", "     and 6 more from there", "  #931 main + 32",
                "     and 1 more from there",
            ])
    }

    @Test func withoutNamesTheLinesStay() {
        var report = FaultReport()
        let taken = report.take("  #0 at 0x1044e0 image+0x44e0")
        #expect(taken)
        #expect(report.text(with: [:], from: "/") == ["  #0 at 0x1044e0 image+0x44e0"])
    }

    @Test func anEndlessReportIsNotKept() {
        var report = FaultReport()
        var taken = 0
        while taken < 10 * FaultReport.maximumLines, report.take("  #0 at 0x1") { taken += 1 }
        #expect(taken == FaultReport.maximumLines)
    }

    @Test(arguments: [
        ("/a/b/../c.c", "/a/c.c"), ("a/./b.c", "a/b.c"), ("../a.c", "../a.c"), ("/..", "/.."),
        ("", ""), ("/", "/"), ("a/../../b", "../b"),
    ])
    func pathsAreNormalised(path: String, result: String) {
        #expect(SourcePlace.normalise(path) == result)
    }
}
