import CMachine

/// What this processor offers and how it is set up.
public struct Processor: Sendable {
    /// Pages of 1 GiB.
    public let hasHugePages: Bool
    /// Bits of a physical address.
    public let physicalAddressBits: UInt64

    /// A processor that was not asked.
    public static var unknown: Processor { Processor(hasHugePages: false, physicalAddressBits: 36) }

    private init(hasHugePages: Bool, physicalAddressBits: UInt64) {
        self.hasHugePages = hasHugePages
        self.physicalAddressBits = physicalAddressBits
    }

    /// Reads the processor's identification (Intel SDM 2A, CPUID).
    public init() {
        let highest = machine_cpuid(0x8000_0000, 0).eax
        hasHugePages = highest >= 0x8000_0001 && machine_cpuid(0x8000_0001, 0).edx & 1 << 26 != 0
        physicalAddressBits =
            highest >= 0x8000_0008 ? UInt64(machine_cpuid(0x8000_0008, 0).eax & 0xFF) : 36
    }

    /// Turns on what the kernel relies on: no-execute pages, write protection
    /// in ring 0, global pages, and SSE and AVX for the application.
    public func enableFeatures() {
        machine_write_msr(0xC000_0080, machine_read_msr(0xC000_0080) | 1 << 11)  // EFER.NXE
        // CR0: monitor coprocessor, x87 errors as exceptions and write protect;
        // no emulation, no task switched.
        machine_write_cr0(machine_read_cr0() & ~(1 << 2 | 1 << 3) | 1 << 1 | 1 << 5 | 1 << 16)
        // CR4: global pages, FXSAVE, SIMD exceptions.
        machine_write_cr4(machine_read_cr4() | 1 << 7 | 1 << 9 | 1 << 10)
        machine_enable_vector_state()
    }

    /// The base of FS, where a thread's local storage is.
    public static func setThreadPointer(_ address: UInt64) {
        machine_write_msr(0xC000_0100, address)
    }

    /// Where the gate finds the running task's kernel stack.
    public static func setKernelStack(_ top: UInt64) {
        unsafe machine_this_core().pointee.kernel_stack = top
    }
}
