/// The machine that a program is booted in, as QEMU's command line.
public struct VirtualMachine: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable { case q35, microvm }
    public enum Accelerator: String, Sendable { case kvm, tcg }

    public var kind = Kind.q35
    public var accelerator = Accelerator.tcg
    /// As QEMU takes it: a number with K, M or G behind it.
    public var memory = "128M"
    public var processors = 1
    /// On 127.0.0.1:1234, before the first instruction.
    public var waitsForDebugger = false

    /// Where the two channels go.
    public enum Wiring: Equatable, Sendable {
        /// Two Unix sockets on which the tool listens.
        case sockets(output: String, host: String)
        /// Everything on the terminal, for a line to paste.
        case terminal
    }

    private var machine: String {
        switch kind {
        case .q35: "q35"
        // Without ACPI there is an MP table; without QEMU's own words the
        // kernel's are what the tool says.
        case .microvm:
            "microvm,acpi=off,auto-kernel-cmdline=off,isa-serial=on,pit=on,pic=on,rtc=on"
        }
    }

    private func serial(_ wiring: Wiring) -> [String] {
        switch wiring {
        case .terminal:
            return ["-serial", "stdio"]
        case .sockets(let output, let host):
            // A comma in a value is written twice.
            let paths = [output, host].map { $0.replacing(",", with: ",,") }
            return [
                "-chardev", "socket,id=output,path=\(paths[0])",
                "-chardev", "socket,id=host,path=\(paths[1])", "-serial", "chardev:output",
            ]
                // microvm has one serial port of its own.
                + (kind == .q35
                    ? ["-serial", "chardev:host"]
                    : ["-device", "isa-serial,iobase=0x2f8,irq=3,chardev=host,index=1"])
        }
    }

    /// The arguments behind `qemu-system-x86_64`.
    public func arguments(
        loader: String, image: String, boot: BootLine, wiring: Wiring
    ) -> [String] {
        var words = [
            "-machine", machine, "-accel", accelerator.rawValue, "-cpu",
            accelerator == .kvm ? "host" : "max", "-m", memory, "-smp", String(processors),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
        ]
        words += serial(wiring)
        if waitsForDebugger { words += ["-gdb", "tcp:127.0.0.1:1234", "-S"] }
        // QEMU takes a comma in -initrd for the end of a Multiboot module's name.
        words += ["-kernel", loader, "-initrd", image.replacing(",", with: ",,")]
        words += ["-append", boot.text(usesChannel: wiring != .terminal)]
        return words
    }
}
