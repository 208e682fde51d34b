import CMachine

/// Whether the kernel's memory is kept from the application by protection keys
/// (docs/isolation.md). Decided once, at boot, before the application runs.
public enum Isolation {
    /// It is.
    public static var isOn: Bool { machine_isolation_is_on() != 0 }

    /// Whether the processor has keys for pages of the application's kind
    /// (CPUID 7, ECX bit 3).
    public static var isPossible: Bool {
        machine_cpuid(0, 0).eax >= 7 && machine_cpuid(7, 0).ecx & 1 << 3 != 0
    }

    /// Whether the image's linker has put the kernel's data apart from the program's.
    public static var isSeparate: Bool { machine_data_start() != machine_data_end() }

    /// Whether the processor is QEMU's emulation, which forgets all translations of addresses with
    /// every change of the register of rights ("TCGTCGTCGTCG", CPUID 0x40000000).
    public static var isEmulated: Bool {
        machine_cpuid(1, 0).ecx & 1 << 31 != 0 && machine_cpuid(0x4000_0000, 0).ebx == 0x5447_4354
    }

    /// Turns it on for the machine, whose first core asks.
    ///
    /// The ways between application and kernel become those of isolation.S: it is written to
    /// code, which the boot's page tables allow and the kernel's own do not.
    ///
    /// - Precondition: It is possible, and descriptor tables are loaded.
    public static func turnOn() {
        enableCore()
        unsafe DescriptorTables.useLandings(of: machine_first_core())
        machine_isolate_entries()
    }

    /// The same for a core that starts later, before it can be interrupted.
    public static func startCore(_ core: UnsafeMutablePointer<hermit_per_core>) {
        guard isOn else { return }
        enableCore()
        unsafe DescriptorTables.useLandings(of: core)
    }

    /// Has this core ask the register of rights, and opens everything for the kernel.
    private static func enableCore() {
        machine_write_cr4(machine_read_cr4() | 1 << 22)  // CR4.PKE
        machine_open_rights()
    }
}
