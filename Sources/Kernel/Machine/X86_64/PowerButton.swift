import CMachine

/// The power button: the host presses it to ask the machine to end. A PC with an
/// ICH9, which QEMU's q35 is, has a bit for it (ACPI 6.5, 4.8.3.1; Intel 316972,
/// 13.1 and 13.8). Others may have an event device, whose register the firmware's
/// tables name. It is asked for, and interrupts nobody. One core at a time.
public enum PowerButton {
    /// The bridge's configuration: bus 0, device 31, function 0.
    private static let bridge: UInt32 = 31 << 3
    /// Device 0x2918 of Intel's.
    private static let identity: UInt32 = 0x2918_8086
    /// Registers of the bridge: where the power registers are, and that they are there.
    private static let base: UInt8 = 0x40
    private static let control: UInt8 = 0x44
    private static let isEnabled: UInt32 = 1 << 7
    /// Where they are put if no firmware did that.
    private static let usualPort: UInt32 = 0x600

    /// PM1_STS and, behind it, PM1_EN: the button's bit.
    private static let button: UInt16 = 1 << 8

    private enum Place {
        /// `notOnBridge`: the firmware's tables may know more.
        case unknown, notOnBridge, none
        case port(UInt16)
        case events(mapped: UInt64, mask: UInt32)
    }

    nonisolated(unsafe) private static var place = Place.unknown

    /// Nothing is known yet but that there is no ICH9.
    public static var mayBeElsewhere: Bool {
        if case .notOnBridge = unsafe place { return true }
        return false
    }

    /// Says where it is, if not there; `nil`: nowhere.
    ///
    /// - Parameters:
    ///   - events: Where the event device's register is mapped.
    ///   - mask: The button's bit in it.
    public static func settle(events: UInt64?, mask: UInt32) {
        guard mayBeElsewhere else { return }
        guard let events else {
            unsafe place = .none
            return
        }
        unsafe place = .events(mapped: events, mask: mask)
    }

    /// Whether it was pressed since the last question; `nil`: there is none.
    public static func takePress() -> Bool? {
        if case .unknown = unsafe place { unsafe place = find() }
        switch unsafe place {
        case .port(let port):
            guard machine_in16(port) & button != 0 else { return false }
            machine_out16(port, button)
            return true
        case .events(let mapped, let mask):
            return machine_take_events(mapped) & mask != 0
        case .unknown, .notOnBridge, .none:
            return nil
        }
    }

    private static func find() -> Place {
        guard read(0) == identity else { return .notOnBridge }
        if read(control) & isEnabled == 0 {
            write(base, usualPort | 1)
            write(control, read(control) | isEnabled)
        }
        let port = UInt16(truncatingIfNeeded: read(base) & 0xFF80)
        machine_out16(port, button)
        machine_out16(port + 2, machine_in16(port + 2) | button)
        return .port(port)
    }

    private static func read(_ register: UInt8) -> UInt32 { ConfigurationPorts.read(bridge, register) }

    private static func write(_ register: UInt8, _ value: UInt32) {
        ConfigurationPorts.write(value, bridge, register)
    }
}
