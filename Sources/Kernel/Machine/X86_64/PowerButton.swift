import CMachine

/// The power button of a PC with an ICH9, which QEMU's q35 is: the host presses
/// it to ask the machine to end (ACPI 6.4, 4.8.3.1; Intel 316972, 13.1 and 13.8).
/// It is asked for, and interrupts nobody. One core at a time.
public enum PowerButton {
    /// The bridge's configuration: bus 0, device 31, function 0.
    private static let bridge: UInt32 = 1 << 31 | 31 << 11
    /// Device 0x2918 of Intel's.
    private static let identity: UInt32 = 0x2918_8086
    /// Registers of the bridge: where the power registers are, and that they are there.
    private static let base: UInt32 = 0x40
    private static let control: UInt32 = 0x44
    private static let isEnabled: UInt32 = 1 << 7
    /// Where they are put if no firmware did that.
    private static let usualPort: UInt32 = 0x600

    /// PM1_STS and, behind it, PM1_EN: the button's bit.
    private static let button: UInt16 = 1 << 8

    private enum Place {
        case unknown, none
        case port(UInt16)
    }

    nonisolated(unsafe) private static var place = Place.unknown

    /// Whether it was pressed since the last question; `nil`: there is none.
    public static func takePress() -> Bool? {
        if case .unknown = unsafe place { unsafe place = find() }
        guard case .port(let port) = unsafe place else { return nil }
        guard machine_in16(port) & button != 0 else { return false }
        machine_out16(port, button)
        return true
    }

    private static func find() -> Place {
        guard read(0) == identity else { return .none }
        if read(control) & isEnabled == 0 {
            write(base, usualPort | 1)
            write(control, read(control) | isEnabled)
        }
        let port = UInt16(truncatingIfNeeded: read(base) & 0xFF80)
        machine_out16(port, button)
        machine_out16(port + 2, machine_in16(port + 2) | button)
        return .port(port)
    }

    private static func read(_ register: UInt32) -> UInt32 {
        machine_out32(0xCF8, bridge | register)
        return machine_in32(0xCFC)
    }

    private static func write(_ register: UInt32, _ value: UInt32) {
        machine_out32(0xCF8, bridge | register)
        machine_out32(0xCFC, value)
    }
}
