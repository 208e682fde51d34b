import CMachine
import KernelSupport

/// The PC's real-time clock with its battery (MC146818A). One core at a time.
public enum RealTimeClock {
    private static let index: UInt16 = 0x70
    private static let data: UInt16 = 0x71
    /// The non-maskable interrupt stays off while bit 7 of the index is set.
    private static let keepsInterruptOff: UInt8 = 0x80

    private static func register(_ number: UInt8) -> UInt8 {
        machine_out8(index, number | keepsInterruptOff)
        return machine_in8(data)
    }

    /// Register A says that the others are about to change.
    private static var isUpdating: Bool { register(0x0A) & 0x80 != 0 }

    /// An update takes 2 ms at most; so often it is asked for.
    private static let patience = 20_000

    /// The registers between two updates; `nil` where there is no such clock.
    public static func read() -> ClockRegisters? {
        defer { machine_out8(index, 0x0D) }
        for _ in 0..<patience where !isUpdating {
            let first = registers()
            // The second reading is the same unless an update came in between.
            if !isUpdating && registers() == first { return first }
        }
        return nil
    }

    private static func registers() -> ClockRegisters {
        ClockRegisters(
            seconds: register(0x00), minutes: register(0x02), hours: register(0x04),
            day: register(0x07), month: register(0x08), year: register(0x09),
            century: register(0x32), format: register(0x0B))
    }
}
