import CMachine

/// The global descriptor table and the task state with its stacks, which each
/// core has, and the interrupt descriptor table that they share (Intel SDM 3A,
/// 3.4, 6.14, 8.7).
public enum DescriptorTables {
    // Marked as accessed, so that the processor need not write there.
    private static let codeSegment: UInt64 = 0x00AF_9B00_0000_FFFF
    private static let dataSegment: UInt64 = 0x00CF_9300_0000_FFFF
    private static let codeSelector: UInt64 = 0x08

    /// Where the task state has its stacks: IST1 and on.
    private enum StackOffset {
        static let exceptions = 36
        static let faults = 44
        static let interrupts = 52
    }

    /// Loads all three for the first core, and its GS base.
    public static func install() {
        installExceptions()
        unsafe installCore(machine_first_core())
    }

    /// Loads a core's own, its GS base, and the table for all.
    public static func installCore(_ core: UnsafeMutablePointer<hermit_per_core>) {
        unsafe installSegments(core)
        machine_write_msr(0xC000_0101, UInt64(UInt(bitPattern: core)))
        loadInterruptTable()
    }

    /// Lets cores take the interrupts of vectors 32 to 47, too, once their
    /// controllers send some.
    public static func installInterrupts() {
        let table = unsafe machine_idt_storage()!
        for vector in 32..<48 {
            unsafe setGate(table, vector, machine_interrupt_entry(UInt32(vector - 32)), stack: 3)
        }
    }

    /// Lets exceptions that a program can cause go to the entries of faults.S.
    /// Other cores may take some meanwhile: of a gate's two words the second one
    /// stays as it is, since all entries lie within the image.
    public static func installFaults() {
        let table = unsafe machine_idt_storage()!
        for vector in 0..<20 where Exception(vector: UInt64(vector)).isProgramsOwn {
            unsafe setGate(table, vector, machine_fault_entry(UInt32(vector)), stack: 1)
        }
    }

    private static func setGate(
        _ table: UnsafeMutablePointer<UInt64>, _ vector: Int, _ handler: UInt64, stack: UInt64
    ) {
        unsafe table[2 * vector] =
            handler & 0xFFFF | codeSelector << 16 | stack << 32 | 0x8E << 40
            | (handler >> 16 & 0xFFFF) << 48
        unsafe table[2 * vector + 1] = handler >> 32
    }

    private static func installSegments(_ core: UnsafeMutablePointer<hermit_per_core>) {
        let state = unsafe UnsafeMutableRawPointer(machine_task_state(core))
        unsafe state.storeBytes(
            of: machine_exception_stack(core), toByteOffset: StackOffset.exceptions, as: UInt64.self)
        unsafe state.storeBytes(
            of: machine_fault_stack(core), toByteOffset: StackOffset.faults, as: UInt64.self)
        unsafe state.storeBytes(
            of: machine_interrupt_stack(core), toByteOffset: StackOffset.interrupts, as: UInt64.self)
        // The I/O map's offset: behind the end.
        unsafe state.storeBytes(of: 104, toByteOffset: 102, as: UInt16.self)
        let base = UInt64(UInt(bitPattern: state))
        let gdt = unsafe machine_gdt(core)
        unsafe gdt[0] = 0
        unsafe gdt[1] = codeSegment
        unsafe gdt[2] = dataSegment
        unsafe gdt[3] =
            103 | (base & 0xFF_FFFF) << 16 | 0x89 << 40 | (base >> 24 & 0xFF) << 56
        unsafe gdt[4] = base >> 32
        unsafe machine_load_segments(gdt, 39)
    }

    /// Lets exceptions run on the report's stack from now on, for the rest of
    /// this core's time: what runs on their own stack stays whole.
    public static func moveExceptionsToReportStack() {
        let core = unsafe machine_this_core()
        if Isolation.isOn {
            unsafe core.pointee.entry_stacks.0 = machine_report_stack(core)
            return
        }
        let state = unsafe UnsafeMutableRawPointer(machine_task_state(core))
        unsafe state.storeBytes(
            of: machine_report_stack(core), toByteOffset: StackOffset.exceptions, as: UInt64.self)
    }

    /// Has this core's exceptions and interrupts leave what they interrupt where the
    /// interrupted code may write: the processor writes there with its rights. From there
    /// the entries of isolation.S take it to the core's own stacks.
    static func useLandings(of core: UnsafeMutablePointer<hermit_per_core>) {
        unsafe core.pointee.entry_stacks.0 = machine_exception_stack(core)
        unsafe core.pointee.entry_stacks.1 = machine_fault_stack(core)
        unsafe core.pointee.entry_stacks.2 = machine_interrupt_stack(core)
        let landing = unsafe UInt64(UInt(bitPattern: core.pointee.landing))
        let size = UInt64(HERMIT_LANDING_SIZE)
        unsafe core.pointee.landings = (landing + size, landing + 2 * size, landing + 3 * size)
        let state = unsafe UnsafeMutableRawPointer(machine_task_state(core))
        unsafe state.storeBytes(
            of: core.pointee.landings.0, toByteOffset: StackOffset.exceptions, as: UInt64.self)
        unsafe state.storeBytes(
            of: core.pointee.landings.1, toByteOffset: StackOffset.faults, as: UInt64.self)
        unsafe state.storeBytes(
            of: core.pointee.landings.2, toByteOffset: StackOffset.interrupts, as: UInt64.self)
    }

    private static func installExceptions() {
        let table = unsafe machine_idt_storage()!
        for vector in 0..<32 {
            unsafe setGate(
                table, vector, machine_exception_entry(UInt32(vector)),
                stack: vector == 8 || vector == 18 ? 2 : 1)
        }
    }

    private static func loadInterruptTable() {
        unsafe machine_load_idt(UInt64(UInt(bitPattern: machine_idt_storage()!)), 767)
    }
}
