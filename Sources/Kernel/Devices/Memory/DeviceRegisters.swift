import KernelMachine
import KernelMain
import KernelMemory

/// Registers of devices in the kernel's address space.
enum DeviceRegisters {
    /// Behind what there are places for.
    private static let limit: UInt64 = 1 << 43
    private static let pageSize: UInt64 = 4096

    /// Maps registers, uncached; `nil`: they lie too far away, or memory is exhausted.
    static func map(_ address: UInt64, count: UInt64) -> RegisterWindow? {
        guard address > 0, count > 0, address < limit, count <= limit - address else { return nil }
        var page = address & ~(pageSize - 1)
        while page < address + count {
            let place = Layout.devices + page
            let isMapped = unsafe Kernel.root.pointee.memory.withLock { $0.space.mapDevice(place) }
            guard isMapped else { return nil }
            page += pageSize
        }
        return RegisterWindow(address: Layout.devices + address)
    }
}
