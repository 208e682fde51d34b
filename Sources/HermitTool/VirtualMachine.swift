import Foundation

/// The machine that a program is booted in, as QEMU's command line.
public struct VirtualMachine: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable { case q35, microvm }
    public enum Accelerator: String, Sendable { case kvm, tcg }

    public var kind = Kind.q35
    public var accelerator = Accelerator.tcg
    /// As QEMU takes it: a number with K, M or G behind it.
    public var memory = Self.usualMemory
    /// The memory where nothing else is asked for.
    static let usualMemory = "128M"
    public var processors = 1
    /// A processor of QEMU's; `nil`: all that the accelerator can do.
    public var processorModel: String? = nil
    /// Waits for a debugger at this port of 127.0.0.1.
    public var debuggerPort: UInt16? = nil
    /// The guest's time counts its instructions, one a nanosecond; emulation only.
    public var countsInstructions = false

    /// The host can ask the program to end. q35 has a button in any case; microvm has
    /// one with ACPI alone, whose tables take QEMU and the firmware 5 ms.
    public var hasPowerButton = false

    /// Devices of virtio's, and properties of QEMU's for all of them, as `packed=on`.
    public var devices: [VirtualDevice] = []
    public var deviceOptions: [String] = []

    /// The firmware that q35 starts with, in place of QEMU's own; a PVH guest only.
    public var firmware: String?

    public init() {}

    /// Where the two channels go.
    public enum Wiring: Equatable, Sendable {
        /// Unix sockets on which the tool listens; the last one for a console device.
        case sockets(output: String, host: String, console: String)
        /// Everything on the terminal, for a line to paste.
        case terminal

        /// Where the server of a folder listens.
        func folderSocket(_ number: Int) -> String {
            switch self {
            case .sockets(let output, _, _): output + ".folder\(number)"
            case .terminal: "/tmp/hermit.folder\(number)"
            }
        }
    }

    private var machine: String { board + (sharesMemory ? ",memory-backend=memory" : "") }

    /// The servers of folders reach the guest's memory.
    private var sharesMemory: Bool { devices.contains { $0.isFolder } }

    private var board: String {
        switch kind {
        case .q35: "q35"
        // Without ACPI there is an MP table; the kernel's words stay as they are.
        case .microvm:
            "microvm,acpi=\(hasPowerButton ? "on" : "off"),auto-kernel-cmdline=off,"
                + "isa-serial=on,rtc=on"
        }
    }

    private var acceleration: [String] {
        if countsInstructions { return ["-accel", "tcg,thread=single", "-icount", "shift=0"] }
        return ["-accel", accelerator == .kvm ? "kvm" : "tcg,thread=multi"]
    }

    private func serial(_ wiring: Wiring) -> [String] {
        switch wiring {
        case .terminal:
            return ["-serial", "stdio"]
        case .sockets(let output, let host, _):
            var words = [
                "-chardev", "socket,id=output,path=\(output)", "-chardev",
                "socket,id=host,path=\(host)", "-serial", "chardev:output",
            ]
            words +=
                kind == .q35
                ? ["-serial", "chardev:host"]
                : ["-device", "isa-serial,iobase=0x2f8,irq=3,chardev=host,index=1"]
            return words
        }
    }

    /// The arguments behind `qemu-system-x86_64`.
    ///
    /// - Parameter image: `nil` boots `loader` alone.
    public func arguments(
        loader: String, image: String?, boot: BootLine, wiring: Wiring
    ) -> [String] {
        var boot = boot
        boot.mounts = devices.compactMap { device in
            switch device {
            case .folder(let folder, let number): folder.bootWord(number)
            case .disk(let disk, let number): disk.bootWord(number)
            default: nil
            }
        }
        if kind == .microvm {
            boot.devices = devices.indices.map {
                VirtualDevice.bootWord(place: $0, hasTables: hasPowerButton)
            }
        }
        return arguments(
            kernel: loader, initrd: image, line: boot.text(usesChannel: wiring != .terminal),
            wiring: wiring)
    }

    private func deviceWords(_ wiring: Wiring) -> [String] {
        // In memory a device without the standard's interface is the board's choice.
        let isOutdated = kind == .microvm && deviceOptions.contains("disable-modern=on")
        var chosen = deviceOptions.filter { kind == .q35 || $0 != "disable-modern=on" }
        if kind == .q35 && chosen == deviceOptions.filter({ $0 != "disable-modern=on" }) {
            chosen.append("disable-legacy=on")
        }
        let options = chosen.map { "," + $0 }.joined()
        var words =
            kind == .microvm && !devices.isEmpty
            ? ["-global", "virtio-mmio.force-legacy=\(isOutdated ? "on" : "off")"] : []
        for (place, device) in devices.enumerated() {
            words += device.words(on: kind, place: place, options: options, wiring: wiring)
        }
        return words
    }

    /// The same for any kernel.
    ///
    /// - Parameter line: What the kernel is told.
    func arguments(
        kernel: String, initrd: String?, line: String, wiring: Wiring
    ) -> [String] {
        var words = ["-machine", machine] + acceleration
        if sharesMemory { words += ["-object", "memory-backend-memfd,id=memory,size=\(memory),share=on"] }
        words += [
            "-cpu", processorModel ?? (accelerator == .kvm ? "host" : "max"), "-m", memory, "-smp",
            String(processors), "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-kernel", kernel,
        ]
        if let initrd { words += ["-initrd", initrd] }
        if kind == .q35, let firmware { words += ["-bios", firmware] }
        words += serial(wiring)
        words += deviceWords(wiring)
        words += ["-append", line]
        if let debuggerPort { words += ["-gdb", "tcp:127.0.0.1:\(debuggerPort)", "-S"] }
        return words
    }
}

/// The line that the kernel boots with.
public struct BootLine: Equatable, Sendable {
    /// `nil`: the image has one of its own.
    public var name: String? = "hermit"
    /// `KEY=VALUE`.
    public var environment: [String] = []
    public var logLevel: String? = nil
    public var tracesCalls = false
    public var tellsStatistics = false
    public var isolation = IsolationChoice.usual
    /// Which of the standard streams are a terminal, and its window.
    public var terminals: [Int32] = []
    public var window: HostTerminal.Window? = nil
    /// Where there are devices.
    public var devices: [String] = []
    /// Which folders of the host's, and which disks, are seen where.
    public var mounts: [String] = []
    /// What is known of the network.
    public var network: [String] = []
    /// More words for the kernel, as the user wrote them.
    public var kernelWords: String? = nil
    public var arguments: [String] = []

    public init() {}

    func text(usesChannel: Bool) -> String {
        var words: [String] = []
        if usesChannel { words.append("channel=com2") }
        if let name { words.append(Quoting.boot("name=" + name)) }
        if let logLevel { words.append("log=" + logLevel) }
        if tracesCalls { words.append("strace") }
        if tellsStatistics { words.append("stats") }
        if let isolation { words.append("isolation=" + isolation.rawValue) }
        words += terminals.map { "terminal=\($0)" }
        if let window { words.append("window=\(window.rows)x\(window.columns)") }
        words += devices
        words += mounts
        words += network
        words += environment.map { Quoting.boot("env=" + $0) }
        if let kernelWords { words.append(kernelWords) }
        words.append("--")
        words += arguments.map(Quoting.boot)
        return words.joined(separator: " ")
    }
}

/// Whether the kernel's memory is kept from the program.
public enum IsolationChoice: String, CaseIterable, Sendable {
    case off, on, require

    /// What `HERMIT_ISOLATION` in the environment says; `nil`: the kernel chooses (KernelMachine/Isolation).
    public static var usual: IsolationChoice? {
        ProcessInfo.processInfo.environment["HERMIT_ISOLATION"].flatMap(Self.init(rawValue:))
    }
}
