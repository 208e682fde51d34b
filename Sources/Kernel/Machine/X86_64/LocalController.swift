import CMachine

/// A core's local interrupt controller (Intel SDM 3A, chapter 11): the timer,
/// interrupts between cores, and the end of every interrupt. The old
/// controllers of PCs are masked.
public enum LocalController {
    /// The timer's interrupt, the one by which another core says that there
    /// is something to do, and the one that has no cause.
    public static let timerVector: UInt64 = 32
    public static let callVector: UInt64 = 33
    /// By this one another core asks to forget mappings (`TranslationBuffer`).
    public static let shootdownVector: UInt64 = 34
    /// Standard input has arrived.
    public static let inputVector: UInt64 = 35
    /// Those of devices that drivers have let interrupt.
    public static let deviceVectors: Range<UInt64> = 36..<44
    private static let spuriousVector: UInt32 = 47

    private enum Register: UInt32 {
        case identity = 0x02
        case endOfInterrupt = 0x0B
        case spurious = 0x0F
        case command = 0x30
        case commandTarget = 0x31
        case timer = 0x32
        case thermal = 0x33
        case performance = 0x34
        case pin0 = 0x35
        case pin1 = 0x36
        case error = 0x37
        case initialCount = 0x38
        case currentCount = 0x39
        case divisor = 0x3E
    }

    private static let masked: UInt32 = 1 << 16
    private static let deadlineMode: UInt32 = 1 << 18
    private static let baseRegister: UInt32 = 0x1B

    /// Where the registers are mapped; 0: they are the processor's (x2APIC).
    nonisolated(unsafe) private static var window: UInt64 = 0
    /// Whether the timer takes a time of the time stamp counter.
    nonisolated(unsafe) public private(set) static var takesDeadlines = false

    /// Whether registers have to be mapped: the processor has no x2APIC.
    public static var needsWindow: Bool { machine_cpuid(1, 0).ecx & 1 << 21 == 0 }
    /// The physical address of the registers then.
    public static var registers: PhysicalAddress {
        PhysicalAddress(machine_read_msr(baseRegister) & 0x000F_FFFF_FFFF_F000)
    }

    /// Starts the first core's controller, with its timer stopped.
    ///
    /// - Parameter mapped: Where its registers are mapped, uncached; 0 where
    ///   `needsWindow` is false.
    public static func start(mapped: UInt64) {
        unsafe window = mapped
        unsafe takesDeadlines = machine_cpuid(1, 0).ecx & 1 << 24 != 0
        machine_out8(0x21, 0xFF)
        machine_out8(0xA1, 0xFF)
        startCore()
    }

    /// Starts the controller of the core that asks.
    public static func startCore() {
        let mode: UInt64 = unsafe window == 0 ? 1 << 11 | 1 << 10 : 1 << 11
        machine_write_msr(baseRegister, machine_read_msr(baseRegister) | mode)
        write(.pin0, masked)
        write(.pin1, masked)
        write(.thermal, masked)
        write(.performance, masked)
        write(.error, masked)
        write(.spurious, 1 << 8 | spuriousVector)
        write(.divisor, 0xB)  // by 1
        write(.timer, UInt32(timerVector) | (unsafe takesDeadlines ? deadlineMode : 0))
        machine_barrier()
        endOfInterrupt()
    }

    private static func write(_ register: Register, _ value: UInt32) {
        let window = unsafe window
        if window == 0 {
            machine_write_msr(0x800 + register.rawValue, UInt64(value))
        } else {
            machine_store32(window + UInt64(register.rawValue) << 4, value)
        }
    }

    private static func read(_ register: Register) -> UInt32 {
        let window = unsafe window
        if window == 0 {
            return UInt32(truncatingIfNeeded: machine_read_msr(0x800 + register.rawValue))
        }
        return machine_load32(window + UInt64(register.rawValue) << 4)
    }

    public static func endOfInterrupt() { write(.endOfInterrupt, 0) }

    // MARK: - Other cores

    /// The number of the controller of the core that asks.
    public static var identity: UInt64 {
        let window = unsafe window
        return UInt64(window == 0 ? read(.identity) : read(.identity) >> 24)
    }

    /// The largest number that messages reach.
    public static var largestIdentity: UInt64 {
        unsafe window == 0 ? UInt64(UInt32.max) - 1 : 0xFE
    }

    private static let assert: UInt32 = 1 << 14
    private static let isPending: UInt32 = 1 << 12
    private static let initialise: UInt32 = 5 << 8
    private static let startUp: UInt32 = 6 << 8

    /// Interrupts the core with the controller of that number. Interrupts must be off.
    @inline(__always)
    public static func interrupt(_ controller: UInt64, _ vector: UInt64) {
        send(UInt32(truncatingIfNeeded: vector) | assert, to: controller)
    }

    /// Resets a core.
    public static func reset(_ controller: UInt64) { send(initialise | assert, to: controller) }

    /// Lets a core that was reset run from a page below 1 MiB on.
    public static func start(_ controller: UInt64, at page: UInt64) {
        send(startUp | assert | UInt32(truncatingIfNeeded: page >> 12), to: controller)
    }

    private static func send(_ command: UInt32, to controller: UInt64) {
        if unsafe window == 0 {
            machine_write_msr(
                0x800 + Register.command.rawValue, controller << 32 | UInt64(command))
            return
        }
        while read(.command) & isPending != 0 { machine_pause() }
        write(.commandTarget, UInt32(truncatingIfNeeded: controller) << 24)
        write(.command, command)
    }

    // MARK: - The timer

    /// Interrupts once when the time stamp counter is `ticks` or more; 0: never.
    ///
    /// - Precondition: `takesDeadlines`.
    public static func setDeadline(_ ticks: UInt64) { machine_write_msr(0x6E0, ticks) }

    /// Interrupts once after so many of the timer's own ticks; 0: never.
    public static func setCount(_ count: UInt32) { write(.initialCount, count) }

    /// Ticks that are left until then.
    public static var count: UInt32 { read(.currentCount) }

    /// Takes no interrupt at the end of a count, to measure the timer.
    public static func maskTimer(_ isMasked: Bool) {
        write(.timer, UInt32(timerVector) | (isMasked ? masked : 0))
    }
}
