import Foundation

/// Measuring Benchmarks/devices on Hermit and on Linux, in turns: a folder of the host's by
/// virtiofsd, and a disk with the same file system, both made anew for each boot.
struct DeviceRun {
    let runs: Int
    let memory: String
    let timeLimit: Int

    private static let program = "Benchmarks/devices"
    /// What the folder's server and the disk are to the guest.
    private static let modules = ["virtio_pci", "virtiofs", "virtio_blk", "ext4"]
    private static let diskSize: Int64 = 1 << 30

    /// The rows, and how many times as fast as Linux each is to be.
    static let rows: [MicroReport.Row] = ["folder", "disk"].flatMap { name in
        [("write", MicroReport.speed, 1.2), ("read", MicroReport.speed, 1.2), ("random_4K", "ns", 1), ("fsync_4K", "ns", 1)]
            .map { row in
                MicroReport.Row(name: "\(name)_\(row.0)", unit: row.1, aim: row.2, processors: 1)
            }
    }

    /// Measures all rows.
    ///
    /// - Returns: What was measured, and a line for each boot that did not come to its end.
    func measure(_ bench: Workbench) async throws -> (rows: [MicroComparison], problems: [String]) {
        let server = try await FolderServer.find(bench.sysroot.project)
        let image = try await bench.image(Self.program)
        let guest = LinuxGuest(sysroot: bench.sysroot, modules: Self.modules)
        try await guest.make(bench.sysroot.project.root + "/" + Self.program)
        var comparisons = Self.rows.map { MicroComparison(row: $0) }
        var problems: [String] = []
        for run in 1...runs {
            Terminal.say("round \(run) of \(runs), devices")
            for isOurs in [true, false] {
                let report = try await withDevices(bench) { machine in
                    let words = isOurs
                        ? bench.words(machine, image: image, arguments: Self.arguments)
                        : guest.words(machine, arguments: Self.arguments)
                    return try await boot(bench.emulator, server, machine, words)
                }
                let system = isOurs ? "Hermit" : "Linux"
                if !report.isWhole { problems.append("\(system): a boot did not come to its end") }
                for (row, reason) in report.skipped.sorted(by: { $0.key < $1.key }) {
                    problems.append("\(system): \(row): \(reason)")
                }
                for index in comparisons.indices {
                    guard let figure = report.figures[comparisons[index].row.name] else { continue }
                    if isOurs { comparisons[index].ours.add(figure) } else { comparisons[index].linux.add(figure) }
                }
            }
        }
        return (comparisons, problems)
    }

    private static let arguments = ["bytes=256,reads=1000,syncs=100", "folder=/folder", "disk=/disk"]

    /// Runs `body` with a machine that has an empty folder and an empty disk.
    private func withDevices<Value>(
        _ bench: Workbench, _ body: (VirtualMachine) async throws -> Value
    ) async throws -> Value {
        let folder = bench.sysroot.project.build + "/devices"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = try VirtualDisk(folder + "/disk:/disk")
        try await DiskSetup(size: "\(Self.diskSize >> 20)M", mayFormat: true).prepare(disk, bench.sysroot.project)
        var machine = VirtualMachine()
        machine.memory = memory
        machine.devices = [.folder(try VirtualFolder(folder + "/folder:/folder"), 0), .disk(disk, 0)]
        return try await body(machine)
    }

    private func boot(
        _ emulator: String, _ server: String, _ machine: VirtualMachine, _ words: [String]
    ) async throws -> MicroReport {
        let servers = machine.devices.compactMap { device -> FolderServer? in
            guard case .folder(let folder, let number) = device else { return nil }
            return FolderServer(folder: folder, socket: VirtualMachine.Wiring.terminal.folderSocket(number))
        }
        var output = ""
        try await FolderServer.withAll(servers[...], server) {
            output = try await EmulatorRun(
                emulator, words, timeLimit: .seconds(timeLimit), mustEnd: false).output
        }
        return MicroReport(output)
    }
}
