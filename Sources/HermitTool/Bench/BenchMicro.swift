import ArgumentParser
import Glibc

/// `hermit bench micro`: single calls and their like, beside a Linux guest.
struct BenchMicro: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "micro",
        abstract: "Calls, tasks, memory and files, in time, beside a Linux guest.",
        discussion: """
            Benchmarks/micro is built for Hermit and for Linux: the kernel of Debian's for virtual \
            machines, which is fetched once, with the same program on musl's C library as all that \
            runs. Both boot on the same machine of QEMU's, in turns. Shown are medians, how many \
            times as fast as Linux we are, and how many times we want to be. "-" is what a system \
            has not got. Other work on the host disturbs; as root, `nice -n -15` in front helps.
            """)

    @OptionGroup var measurement: MicroRun
    @Option(
        parsing: .upToNextOption,
        help: "The rows to measure: those whose names begin so.")
    var only: [String] = []

    mutating func run() async throws { try await measurement.run(only: only) }
}

/// `hermit bench files`: the rows of files and descriptors.
struct BenchFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "Files, pipes and waiting for descriptors, in time, beside a Linux guest's tmpfs and its devices.",
        discussion: """
            The rows of `hermit bench micro` that have to do with descriptors. file_4K_cycle is \
            open, write 4 KiB, close, open, read, close. Of 1010 descriptors that poll and epoll \
            wait for, 10 have something to read.

            Then files on devices: a folder of the host's by virtio-fs, and a disk by virtio-blk \
            with ext3. 256 MiB are written, with fsync, and read, in pieces of 64 KiB; 4 KiB are \
            read at random places of them, and written one after the other, each with fsync. That \
            needs root, for virtiofsd.

            Last, without Linux, a mebibyte of standard output by a console device and by the serial \
            port, which the device is to be five times as fast as.
            """)

    @OptionGroup var measurement: MicroRun

    /// What there is to be measured.
    enum Part: String, CaseIterable, ExpressibleByArgument { case descriptors, devices, console }

    @Option(help: "Measures one part only: descriptors, devices, or console.")
    var part: Part?

    mutating func run() async throws {
        let (measurement, part) = (measurement, part)
        let names = part ?? .descriptors == .descriptors ? ["file_", "pipe_", "poll_", "epoll_"] : nil
        try await measurement.run(only: names) { bench in
            var rows: [MicroComparison] = []
            if part ?? .devices == .devices { rows += try await Self.measureDevices(measurement, bench) }
            if part ?? .console == .console { rows += try await Self.measureConsole(measurement, bench) }
            return rows
        }
    }

    private static func measureDevices(_ measurement: MicroRun, _ bench: Workbench) async throws -> [MicroComparison] {
        guard geteuid() == 0 else {
            Terminal.say("files on devices are not measured: virtiofsd needs root")
            return []
        }
        let (rows, problems) = try await DeviceRun(
            runs: measurement.runs, memory: measurement.memory, timeLimit: measurement.timeLimit
        ).measure(bench)
        var table = TextTable(MicroComparison.heading)
        for row in rows { table.add(row.cells) }
        print(table.text, terminator: "")
        for problem in problems { Terminal.say(problem) }
        return rows
    }

    private static func measureConsole(_ measurement: MicroRun, _ bench: Workbench) async throws -> [MicroComparison] {
        let comparisons = try await ConsoleRun(runs: measurement.runs, timeLimit: measurement.timeLimit).measure(bench)
        var table = TextTable(ConsoleRun.Comparison.heading)
        for comparison in comparisons { table.add(comparison.cells) }
        print(table.text, terminator: "")
        return comparisons.flatMap(\.rows)
    }
}
