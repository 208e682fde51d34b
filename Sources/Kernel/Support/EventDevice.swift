/// ACPI's generic event device (ACPI 6.5, 5.6.9) of a machine that has no fixed
/// power registers (3.11.1), as QEMU's microvm describes it: of the code in its
/// DSDT one sentence is read, which names the register of what has happened.
///
/// Nothing in the firmware's tables is trusted: what is out of order is no device.
public enum EventDevice {
    /// The bit of the register for the power button (QEMU's ACPI_GED_PWR_DOWN_EVT).
    public static let powerButton: UInt32 = 1 << 1

    /// The largest table that is read, in bytes.
    private static let maximumTable = 0x1_0000
    private static let headerSize = 36
    /// FADT's flag of a machine without fixed registers.
    private static let isReduced: UInt64 = 1 << 20
    /// The longest list of tables.
    private static let maximumTables = 64

    /// The register's address, a multiple of 4 below 4 GiB, or `nil`.
    ///
    /// - Parameters:
    ///   - root: ACPI's root pointer.
    ///   - byte: The byte at a physical address; `nil`: it can't be read.
    public static func register(root: UInt64, _ byte: (UInt64) -> UInt8?) -> UInt64? {
        guard holds("RSD PTR ", root, byte), isWhole(root, 20, byte),
            let revision = byte(root &+ 15)
        else { return nil }
        let isWide = revision >= 2
        guard let list = number(root &+ (isWide ? 24 : 16), isWide ? 8 : 4, byte),
            let size = table(list, isWide ? "XSDT" : "RSDT", byte)
        else { return nil }
        let entry = isWide ? 8 : 4
        for i in 0..<min((size - headerSize) / entry, maximumTables) {
            let place = list &+ UInt64(headerSize + i * entry)
            guard let fixed = number(place, entry, byte) else { return nil }
            if let size = table(fixed, "FACP", byte) { return register(fixed: fixed, size, byte) }
        }
        return nil
    }

    /// The same from the FADT (5.2.9).
    private static func register(fixed: UInt64, _ size: Int, _ byte: (UInt64) -> UInt8?) -> UInt64? {
        guard size >= 116, let flags = number(fixed &+ 112, 4, byte), flags & isReduced != 0,
            var code = number(fixed &+ 40, 4, byte)
        else { return nil }
        if size >= 148, let wide = number(fixed &+ 140, 8, byte), wide != 0 { code = wide }
        guard let size = table(code, "DSDT", byte) else { return nil }
        // OperationRegion (EREG, SystemMemory, DWord, Byte 4): 20.2.5.2.
        for offset in headerSize..<max(size - 13, headerSize) {
            let at = code &+ UInt64(offset)
            guard byte(at) == 0x5B, byte(at &+ 1) == 0x80, holds("EREG", at &+ 2, byte),
                number(at &+ 6, 2, byte) == 0x0C00, number(at &+ 12, 2, byte) == 0x040A,
                let address = number(at &+ 8, 4, byte), address != 0, address & 3 == 0
            else { continue }
            return address
        }
        return nil
    }

    /// The size of a table that is whole, and has the signature.
    private static func table(
        _ address: UInt64, _ signature: StaticString, _ byte: (UInt64) -> UInt8?
    ) -> Int? {
        guard address != 0, holds(signature, address, byte),
            let size = number(address &+ 4, 4, byte),
            headerSize...maximumTable ~= Int(size), isWhole(address, Int(size), byte)
        else { return nil }
        return Int(size)
    }

    private static func isWhole(_ address: UInt64, _ size: Int, _ byte: (UInt64) -> UInt8?) -> Bool {
        var sum: UInt8 = 0
        for offset in 0..<UInt64(size) {
            guard let value = byte(address &+ offset) else { return false }
            sum &+= value
        }
        return sum == 0
    }

    private static func holds(
        _ text: StaticString, _ address: UInt64, _ byte: (UInt64) -> UInt8?
    ) -> Bool {
        for i in 0..<text.utf8CodeUnitCount
        where unsafe byte(address &+ UInt64(i)) != text.utf8Start[i] {
            return false
        }
        return true
    }

    /// A number of up to eight bytes, the lowest first.
    private static func number(_ address: UInt64, _ count: Int, _ byte: (UInt64) -> UInt8?) -> UInt64? {
        var value: UInt64 = 0
        for i in 0..<UInt64(count) {
            guard let next = byte(address &+ i) else { return nil }
            value |= UInt64(next) << (8 * i)
        }
        return value
    }
}
