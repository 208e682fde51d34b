import CMachine
import KernelMain

/// Registers of a device in memory, mapped uncached.
struct RegisterWindow: Sendable, BitwiseCopyable {
    /// Where the first one is mapped.
    let address: UInt64

    func read8(_ offset: UInt64) -> UInt8 { machine_load8(address + offset) }
    func read16(_ offset: UInt64) -> UInt16 { machine_load16(address + offset) }
    func read32(_ offset: UInt64) -> UInt32 { machine_load32(address + offset) }
    func write8(_ value: UInt8, _ offset: UInt64) { machine_store8(address + offset, value) }
    func write16(_ value: UInt16, _ offset: UInt64) { machine_store16(address + offset, value) }
    func write32(_ value: UInt32, _ offset: UInt64) { machine_store32(address + offset, value) }

    /// Registers of a layout that is the device's own word, read by isolated code; `nil`: they
    /// are not there.
    func readIsolated16(_ offset: UInt64) -> UInt16? {
        guard let value = try? isolated(address + offset, 0, { place, _ in UInt64(machine_load16(place)) })
        else { return nil }
        return UInt16(truncatingIfNeeded: value)
    }

    func readIsolated32(_ offset: UInt64) -> UInt32? {
        guard let value = try? isolated(address + offset, 0, { place, _ in UInt64(machine_load32(place)) })
        else { return nil }
        return UInt32(truncatingIfNeeded: value)
    }

    /// A number of 64 bits, in two halves, the lower one first.
    func write64(_ value: UInt64, _ offset: UInt64) {
        write32(UInt32(truncatingIfNeeded: value), offset)
        write32(UInt32(truncatingIfNeeded: value >> 32), offset + 4)
    }
}
