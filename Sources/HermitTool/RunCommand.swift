import ArgumentParser
import Foundation

/// `hermit run`.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Builds a program and boots it.",
        discussion: """
            The program's standard output and standard error are the command's own, and so is its \
            exit status. The kernel's log goes to standard error with [hermit] in front. \
            A program that goes wrong ends with a report of what happened: its cause, the \
            registers, and the functions that led there with files and lines, from the image's \
            debugging information. Its status is what a shell shows on Linux: 132 a failed check, \
            134 aborted, 136 division, 139 memory, others in hermit/tasks.h. \
            Statuses of the command itself: 1 it could not build or boot, 124 the time limit \
            passed, 125 the guest ended without a status, 128 + N ended by signal N.
            """)

    @OptionGroup var build: BuildOptions

    @Option(help: "The guest's memory: a number with K, M or G. (default: 128M, or what a port wants)")
    var memory: String?

    @Option(help: "The guest's processors. (default: 1, or what a port wants)")
    var cpus: Int?

    @Option(
        help: ArgumentHelp(
            "The kind of processor, as QEMU's -cpu takes it; by default all that there is.",
            valueName: "model"))
    var cpu: String?

    @Option(help: "The kind of machine: q35 or microvm.")
    var machine = VirtualMachine.Kind.q35

    @Option(help: "How the loader is started: pvh or multiboot.")
    var loader = LoaderKind.pvh

    @Option(help: "auto, kvm or tcg.")
    var accel = "auto"

    @Option(help: ArgumentHelp("An environment variable; may be repeated.", valueName: "K=V"))
    var env: [String] = []

    @Option(
        help: ArgumentHelp(
            "A folder whose files are the guest's, from its root on; see docs/porting.md.",
            valueName: "folder"))
    var initrd: String?

    @Option(
        help: """
            Whether the guest's standard streams are a terminal: auto, as the command's own are; \
            always; never. A program that changes the terminal's settings gets every byte as it \
            is typed; Ctrl-] ends the guest then.
            """)
    var terminal = TerminalChoice.auto

    @Option(
        help: ArgumentHelp(
            """
            A file that is the guest's disk, /dev/vda; with a path the guest sees the files of the ext2 or \
            ext3 file system on it there; with :ro it is only read; may be repeated.
            """, valueName: "file[:/path][:ro]"))
    var disk: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Make the files of --disk that are not there, of that size: a number with K, M, G or T; with a \
            file system where --disk has a path.
            """, valueName: "size"))
    var diskSize: String?

    @Flag(
        help: """
            Make a file system on a disk that has a path and holds nothing but zeros; else that is \
            asked for at a terminal.
            """)
    var formatDisk = false

    @Option(
        help: ArgumentHelp(
            """
            A folder of the host's that the guest sees at a path of its own; with :ro it is only \
            read; may be repeated. Needs root, for virtiofsd.
            """, valueName: "folder:/path[:ro]"))
    var mount: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            What the guest's network card is connected with: user, a network of the emulator's from \
            which the guest reaches what the host does; tap=NAME, an interface of the host's, with \
            queues=COUNT behind a comma where it was made for several (multi_queue); \
            socket=listen=, connect= or mcast= with [ADDRESS]:PORT, another guest; none. By default user \
            where the program uses sockets of the internet.
            """, valueName: "network"))
    var net: String?

    @Option(
        help: ArgumentHelp(
            "A port of the host's that leads to one of the guest's, with --net user; may be repeated.",
            valueName: "[address:]port:guest-port[/udp]"))
    var forward: [String] = []

    @Option(
        help: ArgumentHelp(
            "Addresses of the network card, in place of what DHCP says; with commas between them.",
            valueName: "address/prefix"))
    var ip: String?

    @Option(help: ArgumentHelp("The router, with --ip; one of each version.", valueName: "address"))
    var gateway: String?

    @Option(
        help: ArgumentHelp(
            "Servers of names, in place of those that the network says; with commas between them.",
            valueName: "address"))
    var dns: String?

    @Option(help: ArgumentHelp("The station's address of the network card.", valueName: "address"))
    var mac: String?

    @Option(help: ArgumentHelp("Write all frames of the network card to a file.", valueName: "file"))
    var pcap: String?

    @Option(
        help: ArgumentHelp(
            """
            Give the machine a device for sockets of AF_VSOCK to the host, which reaches it by that \
            context, a number from 3 on. Needs the host's kernel module vhost_vsock.
            """, valueName: "cid"))
    var vsock: String?

    @Flag(
        inversion: .prefixedNo,
        help: """
            Give the machine a device of random bytes; by default where --cpu names a processor, \
            which may have none of its own, and the program asks for some.
            """)
    var rng: Bool?

    @Flag(
        inversion: .prefixedNo,
        help: """
            Give the machine a console device for much output; by default where the program has \
            the driver.
            """)
    var console: Bool?

    @Option(
        help: ArgumentHelp(
            "Properties of QEMU's for the devices of virtio's, as packed=on.", valueName: "list"))
    var virtio: String?

    @Option(help: "Further words for the kernel.")
    var kernelArgs: String?

    @Option(name: .customLong("log"), help: "error, warn, info, debug or trace.")
    var logLevel: String?

    @Flag(
        help: """
            At the program's end, tell on the log how much memory it has used at once, what \
            each processor has done, and what its sockets have sent and received.
            """)
    var stats = false

    @Option(
        help: """
            Keep the kernel's memory from the program by the processor's protection keys: on, where it has \
            some; require, or do not run; off. By default on where they are no emulator's. See docs/isolation.md.
            """)
    var isolation: IsolationChoice?

    @Option(help: ArgumentHelp("End the guest after so long.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Wait for gdb, and print how to start it; see docs/debugging.md.")
    var gdb = false

    @Option(help: ArgumentHelp("The port of 127.0.0.1 where --gdb waits.", valueName: "number"))
    var gdbPort: UInt16 = 1234

    @Flag(help: "Print QEMU's command line instead of running it.")
    var dryRun = false

    @Argument(parsing: .postTerminator, help: "The program's arguments.")
    var arguments: [String] = []

    func validate() throws {
        if let memory, memory.wholeMatch(of: /[1-9][0-9]*[KMG]/) == nil {
            throw ValidationError("--memory takes a number with K, M or G behind it, as 128M")
        }
        if let cpus, !(1...255).contains(cpus) { throw ValidationError("--cpus takes 1 to 255") }
        if let diskSize, DiskSetup.bytes(diskSize) == nil {
            throw ValidationError("--disk-size takes a number with K, M, G or T behind it, as 256M, and 64K at least")
        }
        guard ["auto", "kvm", "tcg"].contains(accel) else {
            throw ValidationError("--accel takes auto, kvm or tcg")
        }
        for variable in env where !variable.dropFirst().contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--env takes KEY=VALUE, not '\(variable)'")
        }
        if let logLevel, !["error", "warn", "info", "debug", "trace"].contains(logLevel) {
            throw ValidationError("--log takes error, warn, info, debug or trace")
        }
        if let timeout, !(timeout > 0 && timeout < 1_000_000) {
            throw ValidationError("--timeout takes seconds, more than 0")
        }
    }

    /// The kernel's word is as good as the option.
    private var tracesCalls: Bool {
        build.strace || kernelArgs?.split(separator: " ").contains("strace") == true
    }

    private func accelerator(
        _ emulator: String, _ sysroot: Sysroot
    ) async throws -> VirtualMachine.Accelerator {
        if accel == "tcg" { return .tcg }
        let acceleration = Acceleration(
            emulator: emulator, loader: sysroot.loader(.pvh),
            note: sysroot.project.kernelBuild + "/acceleration")
        if await acceleration.works() { return .kvm }
        if accel == "kvm" { throw ToolError("there is no working hardware virtualisation here") }
        return .tcg
    }

    /// The archive of an image and a folder's files, made anew each time: files change.
    private func initrdArchive(
        of image: String, folder: String, _ project: Project
    ) async throws -> String {
        let place = project.build + "/initrd"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let full = URL(fileURLWithPath: folder).standardizedFileURL.path + " " + image
        // FNV-1a: one archive for each pair, whoever makes it.
        let hash = full.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
        }
        let archive = place + "/" + String(hash, radix: 16) + ".tar"
        try PackedFile(image: image, folder: folder).write(to: archive)
        return archive
    }

    /// The commands that QEMU's own needs to be started before.
    private func printServers(_ machine: VirtualMachine) {
        for device in machine.devices {
            guard case .folder(let folder, let number) = device else { continue }
            let socket = VirtualMachine.Wiring.terminal.folderSocket(number)
            let words = FolderServer(folder: folder, socket: socket)
                .command(FolderServer.usualPath, "--socket-path=\(socket)")
            print("rm -f \(socket); \(words.map(Quoting.shell).joined(separator: " ")) &")
            print("until test -S \(socket); do sleep 0.1; done")
        }
    }

    /// The card that the machine has, if it has one.
    private func networkCard(_ wishes: ImageWishes, cores: Int) throws -> VirtualCard? {
        let ports = try forward.map { try ForwardedPort($0) }
        let isWanted = wishes.contains(.networkCard) || !ports.isEmpty
        guard let network = try VirtualNetwork.parse(net ?? (isWanted ? "user" : "none"), forwarding: ports, cores: cores) else {
            guard mac == nil, pcap == nil else {
                throw ToolError("\(mac == nil ? "--pcap" : "--mac"): the machine has no network card; --net gives it one")
            }
            return nil
        }
        return try VirtualCard(network: network, station: mac, capture: pcap)
    }

    mutating func run() async throws {
        let target = try Target(path: build.target)
        if case .image(let path) = target { try ImageFile.check(path) }
        let emulator = dryRun ? Setup.emulator : try await Setup.findEmulator(try Project.find())
        let sysroot = try await build.sysroot()
        let image = try await target.image(sysroot: sysroot, product: build.product, isTraced: tracesCalls)
        if case .port(let path) = target {
            try PortDefaults(of: Port(path, sysroot: sysroot), product: build.product).complete(&self)
        }
        let memory = memory ?? VirtualMachine.usualMemory
        let cpus = cpus ?? 1
        var booted = image
        if case .image = target {} else {
            booted = try await BootCopy(programs: sysroot.programs, image: image).make()
        }

        var isPacked = false
        if case .image(let path) = target { isPacked = PackedFile.isArchive(path) }
        let symbols = isPacked ? PackedSymbols.find(for: image) : image
        if let initrd {
            guard !isPacked else {
                throw ToolError("\(build.target): has files of its own; --initrd is for programs without")
            }
            booted = try await initrdArchive(of: booted, folder: initrd, sysroot.project)
        }
        if isPacked || initrd != nil { try PackedFile.checkMemory(memory, for: booted) }

        var virtual = VirtualMachine()
        virtual.kind = machine
        virtual.memory = memory
        virtual.processors = cpus
        virtual.processorModel = cpu
        let wishes = ImageWishes(ofFile: booted)
        virtual.hasPowerButton = wishes.contains(.powerButton)
        if rng ?? (cpu != nil && wishes.contains(.entropyDevice)) { virtual.devices.append(.entropy) }
        if !dryRun, console ?? wishes.contains(.consoleDevice) { virtual.devices.append(.console) }
        guard disk.count <= VirtualDisk.most else {
            throw ToolError("--disk: there may be \(VirtualDisk.most) disks")
        }
        for (number, text) in disk.enumerated() {
            let disk = try VirtualDisk(text)
            if dryRun {
                try disk.check()
            } else {
                try await DiskSetup(size: diskSize, mayFormat: formatDisk).prepare(disk, sysroot.project)
            }
            virtual.devices.append(.disk(disk, number))
        }
        guard mount.count <= VirtualFolder.most else {
            throw ToolError("--mount: there may be \(VirtualFolder.most) folders")
        }
        for (number, text) in mount.enumerated() {
            virtual.devices.append(.folder(try VirtualFolder(text), number))
        }
        let addresses = try GuestAddresses(ip: ip, gateway: gateway, dns: dns)
        if let card = try networkCard(wishes, cores: cpus) {
            virtual.devices.append(.card(card))
        } else if !addresses.isEmpty {
            throw ToolError("\(ip == nil ? "--dns" : "--ip"): the machine has no network card; --net gives it one")
        }
        if let vsock {
            let context = try VirtualContext(vsock)
            if !dryRun { try VirtualContext.checkHost() }
            virtual.devices.append(.sockets(context))
        }
        virtual.deviceOptions = virtio?.split(separator: ",").map(String.init) ?? []
        virtual.debuggerPort = gdb ? gdbPort : nil
        virtual.firmware = loader == .pvh ? Setup.fastFirmware : nil
        virtual.accelerator = dryRun && accel == "auto" ? .tcg : try await accelerator(emulator, sysroot)
        let isolation = self.isolation ?? IsolationChoice.usual
        // Where the user says nothing, a processor of the host's has it on (KernelMachine/Isolation).
        if (isolation ?? (virtual.accelerator == .kvm ? .on : .off)) != .off {
            try RightsScan.check(symbols ?? booted, isRequired: isolation == .require)
        }
        var boot = BootLine()
        boot.name = isPacked ? nil : try target.name(product: build.product)
        boot.environment = env
        boot.logLevel = logLevel
        boot.tracesCalls = build.strace
        boot.tellsStatistics = stats
        boot.isolation = isolation
        boot.kernelWords = kernelArgs
        boot.network = addresses.words
        if !dryRun {
            boot.terminals = terminal.streams
            boot.window = terminal.window
        }
        boot.arguments = arguments

        if gdb {
            guard let symbols else {
                throw ToolError("\(PackedSymbols.path(for: image)): the program's symbols are not there")
            }
            let script = try await DebuggerScript(
                image: symbols, sysroot: sysroot, loader: loader, port: gdbPort
            ).write(sysroot.project)
            Terminal.say("waiting for a debugger; type: gdb -x \(Quoting.shell(script))")
        }
        if dryRun {
            let words = virtual.arguments(
                loader: sysroot.loader(loader), image: booted, boot: boot, wiring: .terminal)
            printServers(virtual)
            print(([emulator] + words).map(Quoting.shell).joined(separator: " "))
            return
        }
        var server: String? = nil
        if !mount.isEmpty {
            try FolderServer.checkRights()
            server = try await FolderServer.find(sysroot.project)
        }
        let guest = Guest(
            emulator: emulator, folderServer: server, machine: virtual, loader: sysroot.loader(loader), image: booted,
            boot: boot, symbolizer: Symbolizer(programs: sysroot.programs, image: symbols ?? image),
            timeout: timeout)
        let status = try await guest.run()
        if status != 0 { throw ToolError("", status: status) }
    }
}

/// Which of the guest's standard streams are a terminal.
extension IsolationChoice: ExpressibleByArgument {}

enum TerminalChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, always, never

    var streams: [Int32] {
        switch self {
        case .auto: HostTerminal.streams
        case .always: [0, 1, 2]
        case .never: []
        }
    }

    var window: HostTerminal.Window? {
        switch self {
        case .auto: HostTerminal.streams.isEmpty ? nil : HostTerminal.window
        case .always: HostTerminal.window ?? HostTerminal.Window(rows: 24, columns: 80)
        case .never: nil
        }
    }
}
