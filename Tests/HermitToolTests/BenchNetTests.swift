import Foundation
import Testing

@testable import HermitTool

/// `hermit bench net`: rows, what the client prints, and the Linux guest's modules.
struct BenchNetTests {
    @Test func rowsAskTheClient() {
        let words = NetRow.all.map { $0.word(count: 10, milliseconds: 20) }
        #expect(words.contains("rr:16384:10"))
        #expect(words.contains("udp:1:10"))
        #expect(words.contains("to:64:20"))
        #expect(words.contains("connect:10"))
        #expect(words.contains("http:16:20"))
        #expect(Set(words).count == NetRow.all.count)
    }

    /// Half of the round trip each way, in microseconds, and frames of 10,000.
    @Test func linksAreToldHowTheyAre() {
        #expect(LongLink(roundTrip: 20, loss: 1.5).words(seed: 3) == ["tap0", "4000", "3", "10000", "150"])
    }

    @Test func whatTheClientPrintsIsRead() {
        let report = NetReport("figure rr:1:10 104.5000\nlost udp:1:10 2\nfigure udp:1:10 x\nfailed to:64:20 send: timed out\n")
        #expect(report.figures == ["rr:1:10": 104.5])
        #expect(report.problems == ["lost udp:1:10 2", "failed to:64:20 send: timed out"])
    }

    /// Less time is better, and more bytes are.
    @Test func ratiosAreOfWhatIsBetter() {
        var message = NetComparison(row: NetRow.all[0])
        message.ours.add(100)
        #expect(message.ratio == nil)
        message.linux.add(150)
        #expect(message.ratio == 1.5)
        #expect(message.cells == ["tcp_1", "100.0 us", "150.0 us", "1.50", "1.8", "missed"])
        var stream = NetComparison(row: NetRow.all.first { $0.unit == .megabytes }!)
        stream.ours.add(300)
        stream.linux.add(100)
        #expect(stream.ratio == 3)
        #expect(stream.cells.last == "")
    }

    /// A module comes behind what it needs, once, whatever its file's name has in place of "_".
    @Test func modulesComeInOrder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "modules-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "6.1/net"), withIntermediateDirectories: true)
        func write(_ name: String, needs: String) throws {
            try Data("ELF \(name)\0depends=\(needs)\0name=x\0".utf8)
                .write(to: folder.appending(path: "6.1/net/\(name).ko"))
        }
        try write("virtio_net", needs: "net-failover,virtio")
        try write("net_failover", needs: "failover,virtio")
        try write("failover", needs: "")
        try write("virtio", needs: "virtio_ring_of_the_kernel")
        let modules = try await KernelModules(folder: folder.path).load(["virtio-net", "virtio", "built_in"])
        let names = modules.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(names == ["ELF failover", "ELF virtio", "ELF net_failover", "ELF virtio_net"])
        #expect(KernelModules.needed(Data("nothing".utf8)) == [])
    }
}
