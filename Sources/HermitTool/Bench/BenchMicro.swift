import ArgumentParser

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
        abstract: "Files, pipes and waiting for descriptors, in time, beside a Linux guest's tmpfs.",
        discussion: """
            The rows of `hermit bench micro` that have to do with descriptors. file_4K_cycle is \
            open, write 4 KiB, close, open, read, close. Of 1010 descriptors that poll and epoll \
            wait for, 10 have something to read.
            """)

    @OptionGroup var measurement: MicroRun

    mutating func run() async throws {
        try await measurement.run(only: ["file_", "pipe_", "poll_", "epoll_"])
    }
}
