import CMachine

/// The interrupt controller that devices are wired to, and which sends their
/// interrupts to a core (Intel 82093AA). The old lines of PCs are its first 16.
public enum InterruptRouter {
    /// The physical address of its registers, on every machine of this kind.
    public static let registers = PhysicalAddress(0xFEC0_0000)

    private static let selectOffset: UInt64 = 0x00
    private static let windowOffset: UInt64 = 0x10
    private static let versionRegister: UInt32 = 0x01
    private static let firstEntry: UInt32 = 0x10

    /// Lets a line interrupt a core: once for every change from low to high.
    ///
    /// - Parameters:
    ///   - line: One of the controller's.
    ///   - controller: The number of the core's local controller.
    ///   - mapped: Where the registers are mapped, uncached.
    /// - Returns: `false`: there is no such controller, or it does not reach
    ///   the core.
    public static func route(
        _ line: UInt32, to vector: UInt64, of controller: UInt64, mapped: UInt64
    ) -> Bool {
        let version = read(versionRegister, mapped)
        // A version of 0x10 and on, and as many lines.
        guard 0x10...0x3F ~= version & 0xFF, version >> 16 & 0xFF >= line, controller < 0xFF
        else { return false }
        write(firstEntry + 2 * line + 1, UInt32(truncatingIfNeeded: controller << 24), mapped)
        write(firstEntry + 2 * line, UInt32(truncatingIfNeeded: vector), mapped)
        return true
    }

    /// Lets a line interrupt nobody any more.
    public static func silence(_ line: UInt32, mapped: UInt64) {
        write(firstEntry + 2 * line, masked, mapped)
    }

    private static let masked: UInt32 = 1 << 16

    private static func read(_ register: UInt32, _ mapped: UInt64) -> UInt32 {
        machine_store32(mapped + selectOffset, register)
        return machine_load32(mapped + windowOffset)
    }

    private static func write(_ register: UInt32, _ value: UInt32, _ mapped: UInt64) {
        machine_store32(mapped + selectOffset, register)
        machine_store32(mapped + windowOffset, value)
    }
}
