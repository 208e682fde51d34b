import KernelDevices
import KernelFileSystem
import KernelMain
import KernelMappings
import KernelStreams
import KernelSupport

/// What is there before the program has made anything: /dev, /proc, /tmp.
enum SystemFiles {
    static func mount(_ files: KernelFiles, _ now: FileTime) {
        make("tmp", mode: 0o1777, files, now)
        if let point = make("dev", mode: 0o755, files, now) {
            try? files.mount(devices(now), on: point)
        }
        if let point = make("proc", mode: 0o555, files, now) {
            try? files.mount(processes(now), on: point)
        }
        HostFolders.mount(files)
    }

    @discardableResult
    private static func make(
        _ name: StaticString, mode: UInt32, _ files: KernelFiles, _ now: FileTime
    ) -> Node? {
        var text = InlineArray<8, UInt8>(repeating: 0)
        let count = name.utf8CodeUnitCount
        for index in 0..<count { text[index] = name.byte(at: index) }
        return text.withBytes(0..<count) { bytes in
            guard let name = FileName(bytes) else { return nil }
            return try? files.withNames { (names, store) throws(Errno) in
                // One of the archive's stays as it is.
                if let found = try? names.ram.lookUp(name, in: names.ram.root) {
                    guard found.isDirectory else { throw .notDirectory }
                    return Node(found, on: .ram)
                }
                let inode = try names.ram.makeDirectory(
                    name, in: names.ram.root, NewFile(mode: FileMode(mode), now: now), store)
                return Node(inode, on: .ram)
            }
        }
    }

    /// The lowest open descriptor from a number on.
    private static func descriptor(from number: UInt32) -> UInt32? {
        guard let table = DescriptorOperations.current else { return number < 3 ? number : nil }
        var number = number
        while number < UInt32(clamping: Descriptors.limit.soft) {
            if table.isOpen(Int32(bitPattern: number)) { return number }
            number += 1
        }
        return nil
    }

    private static var random: DeviceFunctions {
        DeviceFunctions(
            major: 1, minor: 8,
            read: { (bytes) throws(Errno) in
                let isFilled = unsafe bytes.withUnsafeMutableBytes { unsafe EntropyDevice.fill($0) }
                guard isFilled else { throw .inputOutputError }
                return bytes.byteCount
            },
            // What is written is not trusted and adds nothing.
            write: { (bytes) throws(Errno) in bytes.byteCount })
    }

    // One after the other: an array in the module's data would name its functions and
    // keep them in images that have no files.
    private static func devices(_ now: FileTime) -> SyntheticSystem {
        var files: [SyntheticFile] = []
        files.append(SyntheticFile("null", .device(.null)))
        files.append(SyntheticFile("zero", .device(.zero)))
        files.append(SyntheticFile("full", .device(.full)))
        files.append(SyntheticFile("random", .device(random)))
        files.append(SyntheticFile("urandom", .device(random)))
        files.append(SyntheticFile("tty", .terminal(minor: 0)))
        files.append(SyntheticFile("console", .terminal(minor: 1)))
        files.append(SyntheticFile("vda", DiskFile.contents(0)))
        files.append(SyntheticFile("vdb", DiskFile.contents(1)))
        files.append(SyntheticFile("vdc", DiskFile.contents(2)))
        files.append(SyntheticFile("vdd", DiskFile.contents(3)))
        files.append(SyntheticFile("vde", DiskFile.contents(4)))
        files.append(SyntheticFile("vdf", DiskFile.contents(5)))
        files.append(SyntheticFile("vdg", DiskFile.contents(6)))
        files.append(SyntheticFile("vdh", DiskFile.contents(7)))
        files.append(SyntheticFile("fd", .descriptors(next: { descriptor(from: $0) })))
        files.append(SyntheticFile("stdin", .link({ $0.append("fd/0") })))
        files.append(SyntheticFile("stdout", .link({ $0.append("fd/1") })))
        files.append(SyntheticFile("stderr", .link({ $0.append("fd/2") })))
        return SyntheticSystem(files, number: SyntheticSystem.deviceNumber, now: now)
    }

    private static func processes(_ now: FileTime) -> SyntheticSystem {
        var files: [SyntheticFile] = []
        files.append(SyntheticFile("version", .text({ $0.append("Hermit for Swift\n") })))
        files.append(SyntheticFile("meminfo", .text({ memory(&$0) })))
        files.append(SyntheticFile("cpuinfo", .text({ processors(&$0) })))
        files.append(SyntheticFile("uptime", .text({ uptime(&$0) })))
        files.append(SyntheticFile("mounts", .text({ mounts(&$0) })))
        files.append(SyntheticFile("self", .directory))
        files.append(SyntheticFile("exe", in: 6, .link({ name(&$0) })))
        files.append(SyntheticFile("maps", in: 6, .text({ MemoryList.write(&$0) { name(&$0) } })))
        files.append(SyntheticFile("fd", in: 6, .descriptors(next: { descriptor(from: $0) })))
        files.append(SyntheticFile("net", .directory))
        addNetwork(to: &files, in: files.count)
        return SyntheticSystem(files, number: SyntheticSystem.processNumber, now: now)
    }

    /// What `/proc/net` has: files that are empty as long as there is no socket.
    private static func addNetwork(to files: inout [SyntheticFile], in net: Int) {
        files.append(SyntheticFile("tcp", in: net, .lines(next: { line(.tcp, &$0, &$1) })))
        files.append(SyntheticFile("tcp6", in: net, .lines(next: { line(.tcp6, &$0, &$1) })))
        files.append(SyntheticFile("udp", in: net, .lines(next: { line(.udp, &$0, &$1) })))
        files.append(SyntheticFile("udp6", in: net, .lines(next: { line(.udp6, &$0, &$1) })))
        files.append(SyntheticFile("dev", in: net, .text({ NetworkReport.write(.dev, to: &$0) })))
        files.append(SyntheticFile("snmp", in: net, .text({ NetworkReport.write(.snmp, to: &$0) })))
    }

    private static func line(
        _ file: NetworkReport.File, _ place: inout ListPlace, _ text: inout TextWindow
    ) -> Bool {
        NetworkReport.nextLine(of: file, &place, &text)
    }

    /// The program, as a file at the root, where it may be or not.
    private static func name(_ text: inout TextWindow) {
        var name = InlineArray<255, UInt8>(repeating: 0)
        var count = 0
        KernelServices.programName { byte in
            guard count < name.count else { return }
            name[count] = byte
            count += 1
        }
        if count == 0 || name[0] != UInt8(ascii: "/") { text.append("/") }
        for offset in 0..<count { text.append(name[offset]) }
    }

    private static func mounts(_ text: inout TextWindow) {
        text.append("tmpfs / tmpfs rw 0 0\ndevtmpfs /dev devtmpfs rw 0 0\nproc /proc proc ro 0 0\n")
        HostFolders.write(&text)
    }

    private static func memory(_ text: inout TextWindow) {
        text.append("MemTotal: ")
        text.append(UInt64(KernelServices.memorySize / 1024), width: 15)
        text.append(" kB\nMemFree:  ")
        text.append(UInt64(KernelServices.freeMemorySize / 1024), width: 15)
        text.append(" kB\n")
    }

    private static func processors(_ text: inout TextWindow) {
        for number in 0..<KernelServices.processorCount {
            text.append("processor\t: ")
            text.append(UInt64(number))
            text.append("\n\n")
        }
    }

    private static func uptime(_ text: inout TextWindow) {
        let span = FileClock.uptime
        text.append(span / 1_000_000_000)
        text.append(".")
        text.append(span / 10_000_000 % 100, width: 2, zeros: true)
        text.append(" 0.00\n")
    }
}
