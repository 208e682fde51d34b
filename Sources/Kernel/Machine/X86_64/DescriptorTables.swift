import CMachine

/// The global descriptor table, the task state with its stacks for
/// exceptions, and the interrupt descriptor table (Intel SDM 3A, 3.4, 6.14,
/// 8.7).
public enum DescriptorTables {
    private static let codeSegment: UInt64 = 0x00AF_9A00_0000_FFFF
    private static let dataSegment: UInt64 = 0x00CF_9200_0000_FFFF
    private static let codeSelector: UInt64 = 0x08

    /// Loads all three for the first core, and its GS base.
    public static func install() {
        installSegments()
        unsafe machine_write_msr(0xC000_0101, UInt64(UInt(bitPattern: machine_first_core())))
        installExceptions()
    }

    /// Lets the first core take the interrupts of vectors 32 to 47, too.
    public static func installInterrupts() {
        let state = unsafe UnsafeMutableRawPointer(machine_task_state_storage()!)
        // IST3 at 52.
        unsafe state.storeBytes(of: machine_interrupt_stack(), toByteOffset: 52, as: UInt64.self)
        let table = unsafe machine_idt_storage()!
        for vector in 32..<48 {
            unsafe setGate(table, vector, machine_interrupt_entry(UInt32(vector - 32)), stack: 3)
        }
        machine_load_idt(UInt64(UInt(bitPattern: table)), 767)
    }

    private static func setGate(
        _ table: UnsafeMutablePointer<UInt64>, _ vector: Int, _ handler: UInt64, stack: UInt64
    ) {
        unsafe table[2 * vector] =
            handler & 0xFFFF | codeSelector << 16 | stack << 32 | 0x8E << 40
            | (handler >> 16 & 0xFFFF) << 48
        unsafe table[2 * vector + 1] = handler >> 32
    }

    private static func installSegments() {
        let state = unsafe UnsafeMutableRawPointer(machine_task_state_storage()!)
        // IST1 at 36, IST2 at 44; the I/O map's offset, behind the end, at 102.
        unsafe state.storeBytes(of: machine_exception_stack(), toByteOffset: 36, as: UInt64.self)
        unsafe state.storeBytes(of: machine_fault_stack(), toByteOffset: 44, as: UInt64.self)
        unsafe state.storeBytes(of: 104, toByteOffset: 102, as: UInt16.self)
        let base = UInt64(UInt(bitPattern: state))
        let low: UInt64 =
            103 | (base & 0xFF_FFFF) << 16 | 0x89 << 40 | (base >> 24 & 0xFF) << 56
        let gdt = unsafe machine_gdt_storage()!
        unsafe gdt[0] = 0
        unsafe gdt[1] = codeSegment
        unsafe gdt[2] = dataSegment
        unsafe gdt[3] = low
        unsafe gdt[4] = base >> 32
        unsafe machine_load_segments(gdt, 39)
    }

    /// Lets exceptions run on the report's stack from now on, for the rest of
    /// this core's time: what runs on their own stack stays whole.
    public static func moveExceptionsToReportStack() {
        let state = unsafe UnsafeMutableRawPointer(machine_task_state_storage()!)
        unsafe state.storeBytes(of: machine_report_stack(), toByteOffset: 36, as: UInt64.self)
    }

    private static func installExceptions() {
        let table = unsafe machine_idt_storage()!
        for vector in 0..<32 {
            unsafe setGate(
                table, vector, machine_exception_entry(UInt32(vector)),
                stack: vector == 8 || vector == 18 ? 2 : 1)
        }
        machine_load_idt(UInt64(UInt(bitPattern: table)), 511)
    }
}
