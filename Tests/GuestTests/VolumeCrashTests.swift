import Foundation
import TestSupport
import Testing

/// Guests that are killed at any moment while they write to a disk, many times one after the other:
/// what a program was told to be on the disk is there, whoever looks.
///
/// `HERMIT_CRASH_CASES` sets how often. What the host keeps in memory is not lost with the
/// emulator: that a disk may lose what was not flushed is simulated by `ExtendedCrashTests`.
@Suite(
    .serialized, .prepared, .inOneTurn,
    .enabled(if: DiskImage.areToolsThere, "no e2fsprogs here (Debian: e2fsprogs)"), .timeLimit(.minutes(30)))
struct VolumeCrashTests {
    static let cases = ProcessInfo.processInfo.environment["HERMIT_CRASH_CASES"].flatMap(Int.init) ?? 20

    /// A machine, and when it is killed.
    private struct Choice {
        let words: [String]
        let seconds: Double

        init(_ random: inout SeededChoices) {
            words = [
                "--timeout", "120", "--machine", random.below(2) == 0 ? "q35" : "microvm", "--virtio",
                random.below(2) == 0 ? "packed=on" : "packed=off", "--cpus", random.below(2) == 0 ? "1" : "4",
            ]
            seconds = Double(random.below(1500)) / 1000
        }
    }

    /// SplitMix64.
    private struct SeededChoices {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ value >> 31) % UInt64(bound))
        }
    }

    /// The numbers in a line of words.
    private func numbers(_ line: String) -> [Int] { line.split(separator: " ").compactMap { Int($0) } }

    /// What e2fsck says of a disk whose guest is gone, once the journal is replayed; its files.
    private func files(_ image: DiskImage, _ folder: borrowing TemporaryFolder, _ round: Int) async throws -> String {
        let copy = try await image.recovered(folder.path + "/copy")
        try await copy.expectClean("round \(round)")
        try await copy.extract(to: folder.path + "/out")
        return folder.path + "/out"
    }

    /// Lines that `fsync` has returned for, of four tasks at once.
    @Test func noLineIsLostThatWasSynchronised() async throws {
        let folder = try TemporaryFolder()
        let image = try await DiskImage(folder.path + "/disk")
        var random = SeededChoices(state: 1)
        var known = [0, 0, 0, 0]
        for round in 0..<Self.cases {
            let choice = Choice(&random)
            let lines = try await GuestKill.run(
                image, choice.words + [Hermit.root + "/Tests/Programs/appends.c", "--", "/m"]
            ) { $0.hasPrefix("checked") ? choice.seconds : nil }
            #expect(!lines.contains { $0.hasPrefix("failed") }, "round \(round): \(lines.suffix(3))")
            let start = numbers(try #require(lines.first { $0.hasPrefix("checked") }, "\(lines)"))
            try #require(start.count == 4)
            for task in 0..<4 { #expect(start[task] >= known[task], "round \(round): \(start), not \(known)") }
            for line in lines where line.hasPrefix("task") {
                let words = numbers(line)
                if words.count == 2 { known[words[0]] = max(known[words[0]], words[1]) }
            }
            let out = try await files(image, folder, round)
            for task in 0..<4 where known[task] > 0 {
                let text = try String(contentsOfFile: out + "/log\(task)", encoding: .utf8)
                #expect(text.contains("line \(known[task]) of task \(task), "), "round \(round), task \(task)")
            }
        }
        let last = try await Hermit.run([
            "run", "--timeout", "120", "--disk", image.path + ":/m", Hermit.root + "/Tests/Programs/appends.c", "--", "/m", "check",
        ])
        #expect(last.status == 0, "\(last.text)\(last.errors)")
        try await image.expectClean()
    }

    /// Rows that SQLite has committed, with each of its journals.
    @Test(
        .enabled("apt gives no source of sqlite3", { await DebianSource.obstacle("sqlite3") == nil }),
        .enabled("the host has no tclsh", { FileManager.default.isExecutableFile(atPath: "/usr/bin/tclsh") }))
    func noRowIsLostThatWasCommitted() async throws {
        let folder = try TemporaryFolder()
        let program = try await SQLiteProgram.build(["rows.c"], in: folder)
        let image = try await DiskImage(folder.path + "/disk")
        let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3")
        if !isThere { print("no sqlite3 here: the host does not look at the database") }
        var random = SeededChoices(state: 2)
        var known = 0
        let modes = ["DELETE", "TRUNCATE", "PERSIST", "WAL"]
        for round in 0..<Self.cases {
            let choice = Choice(&random)
            let lines = try await GuestKill.run(
                image, choice.words + [program, "--", "/m/rows.db", modes[round % 4]]
            ) { $0.hasPrefix("checked") ? choice.seconds : nil }
            #expect(!lines.contains { $0.hasPrefix("failed") }, "round \(round): \(lines.suffix(3))")
            let start = try #require(lines.first { $0.hasPrefix("checked") }, "\(lines)")
            #expect(numbers(start)[0] >= known, "round \(round): \(start), not \(known)")
            known = max(known, lines.filter { $0.hasPrefix("row") }.compactMap { numbers($0).first }.max() ?? 0)
            let out = try await files(image, folder, round)
            guard isThere else { continue }
            let asked = try await Hermit.command(
                "/usr/bin/sqlite3",
                [out + "/rows.db", "PRAGMA integrity_check; SELECT count(*) >= \(known), count(*) = max(number) FROM rows"])
            #expect(asked.text == "ok\n1|1\n" || known == 0 && asked.text.hasPrefix("ok\n"), "round \(round): \(asked.text)\(asked.errors)")
        }
        let last = try await Hermit.run([
            "run", "--timeout", "120", "--disk", image.path + ":/m", program, "--", "/m/rows.db", "check",
        ])
        #expect(last.status == 0, "\(last.text)\(last.errors)")
        try await image.expectClean()
        print("\(Self.cases) guests killed, \(known) rows committed, none lost")
    }

    /// SQLite's own benchmark, and what the host says of the database that it leaves.
    @Test(
        .enabled("apt gives no source of sqlite3", { await DebianSource.obstacle("sqlite3") == nil }),
        .enabled("the host has no tclsh", { FileManager.default.isExecutableFile(atPath: "/usr/bin/tclsh") }))
    func theBenchmarkOfSQLiteRuns() async throws {
        let folder = try TemporaryFolder()
        let program = try await SQLiteProgram.build(["main.c"], benchmark: true, in: folder)
        for (number, variant) in VolumeTests.machines.enumerated() {
            let parts = variant.split(separator: " ").map(String.init)
            let image = try await DiskImage(folder.path + "/disk\(number)", size: "256M")
            let result = try await Hermit.run([
                "run", "--timeout", "600", "--memory", "256M", "--machine", parts[0], "--virtio", parts[1], "--disk",
                image.path + ":/m", program, "--", "/m/speed.db",
            ])
            #expect(result.status == 0, "\(variant): \(result.errors)")
            #expect(
                result.text.contains("speedtest1: 0\nintegrity: ok\nrows: 1\n"), "\(variant): \(result.text.suffix(1000))")
            try await image.expectClean()
            try await image.extract(to: folder.path + "/out\(number)")
            try await SQLiteProgram.expectWhole(folder.path + "/out\(number)/speed.db")
        }
    }
}
