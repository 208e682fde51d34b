/// The window in memory that has the configuration of all functions, as far as the
/// host bridge has one: that of Intel's Q35 says so itself (Intel 316966, 5.1.16).
enum ExpressWindow {
    private static let bridge: UInt32 = 0x29C0_8086
    private static let base: UInt8 = 0x60
    private static let isEnabled: UInt32 = 1
    /// Bits 1 and 2: how many of 256 buses it reaches, as halvings.
    private static let lengthShift: UInt32 = 1

    /// Where a function's page is mapped; `nil`: nowhere.
    static func map(_ function: UInt32) -> RegisterWindow? {
        let host = ConfigurationSpace(bus: 0, device: 0, function: 0)
        guard host.read(0) == bridge else { return nil }
        let low = host.read(base)
        let halvings = low >> lengthShift & 3
        guard low & isEnabled != 0, halvings < 3, function >> 8 < 256 >> halvings else { return nil }
        let start = UInt64(host.read(base + 4)) << 32 | UInt64(low & 0xF000_0000)
        guard start != 0, let window = DeviceRegisters.map(start + UInt64(function) << 12, count: 4096)
        else { return nil }
        // Both ways lead to the same function.
        var space = ConfigurationSpace(bus: function >> 8, device: function >> 3 & 31, function: function & 7)
        let identity = space.read(0)
        space.window = window
        return space.read(0) == identity ? window : nil
    }
}
