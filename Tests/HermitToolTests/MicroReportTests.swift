import Testing

@testable import HermitTool

/// What `hermit bench micro` makes of what the guests print.
struct MicroReportTests {
    @Test func rowsAreListed() {
        let report = MicroReport("row getpid ns 24 1\r\nrow memcpy_4K MB/s 1 1\nrow a ns - 2\nend micro\n")
        #expect(
            report.rows == [
                .init(name: "getpid", unit: "ns", aim: 24, processors: 1),
                .init(name: "memcpy_4K", unit: "MB/s", aim: 1, processors: 1),
                .init(name: "a", unit: "ns", aim: nil, processors: 2),
            ])
        #expect(report.isWhole)
    }

    @Test func figuresAreFoundAmongOtherLines() {
        let report = MicroReport(
            """
            [    0.1] a kernel's words\r
            metric getpid 21.500 ns\r
            metric broken
            metric text x ns
            skip pipe_roundtrip Function not implemented\r
            end of something
            """)
        #expect(report.figures == ["getpid": 21.5])
        #expect(report.skipped == ["pipe_roundtrip": "Function not implemented"])
        #expect(!report.isWhole)
    }

    private func comparison(_ unit: String, ours: [Double], linux: [Double], aim: Double?)
        -> MicroComparison
    {
        var comparison = MicroComparison(row: .init(name: "x", unit: unit, aim: aim, processors: 1))
        for figure in ours { comparison.ours.add(figure) }
        for figure in linux { comparison.linux.add(figure) }
        return comparison
    }

    @Test func ratiosTellHowMuchFasterWeAre() {
        #expect(comparison("ns", ours: [10], linux: [30, 20, 25], aim: nil).ratio == 2.5)
        #expect(comparison("MB/s", ours: [3000], linux: [1500], aim: nil).ratio == 2)
        #expect(comparison("ns", ours: [], linux: [1], aim: nil).ratio == nil)
        #expect(comparison("ns", ours: [1], linux: [], aim: nil).ratio == nil)
    }

    @Test func anAimThatIsMissedIsMarked() {
        #expect(
            comparison("ns", ours: [20], linux: [30], aim: 2).cells
                == ["x", "20.0 ns", "30.0 ns", "1.50", "2.0", "missed"])
        #expect(
            comparison("ns", ours: [20], linux: [20000], aim: 2).cells
                == ["x", "20.0 ns", "20.0 us", "1000.00", "2.0", ""])
        #expect(
            comparison("MB/s", ours: [], linux: [20000], aim: 1).cells
                == ["x", "-", "20000 MB/s", "-", "1.0", ""])
    }

    /// Debian's names of kernels, of several series and kinds.
    @Test(arguments: [
        (["linux-image-6.1.0-9-cloud-amd64", "linux-image-6.1.0-56-cloud-amd64"], "linux-image-6.1.0-56-cloud-amd64"),
        (["linux-image-6.12.9+deb12-cloud-amd64", "linux-image-6.12.117+deb12-cloud-amd64",
          "linux-image-6.1.0-56-cloud-amd64"], "linux-image-6.12.117+deb12-cloud-amd64"),
        (["linux-image-6.12-cloud-amd64", "linux-image-6.1.0-1-amd64", "linux-image-6.1.0-3-cloud-amd64",
          "linux-image-6.1.0-4-cloud-arm64", "linux-image-cloud-amd64"], "linux-image-6.1.0-3-cloud-amd64"),
        (["linux-image-cloud-amd64"], nil),
        ([], nil),
    ] as [([String], String?)])
    func theNewestKernelIsChosen(names: [String], newest: String?) {
        #expect(DebianKernel.newest(of: names) == newest)
    }
}
