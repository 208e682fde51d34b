import KernelMachine
import KernelMemory
import KernelSupport

/// What the firmware has left in memory that is nobody's.
package enum FirmwareTables {
    /// Behind what a table of the firmware's can lie at.
    private static let end: UInt64 = 1 << 32

    /// ACPI's root pointer, where the loader has found one.
    package static var root: UInt64? {
        Processors.withTree { bytes in
            // What was readable at boot is.
            (try? FlattenedDeviceTree(bytes).rootPointer(in: bytes)) ?? nil
        }
    }

    /// The byte at a physical address; `nil`: it lies elsewhere, or memory is
    /// exhausted. Its page stays mapped.
    package static func byte(at address: UInt64) -> UInt8? {
        guard address >= 1, address < end else { return nil }
        let place = Layout.devices + address
        let isMapped = unsafe Kernel.root.pointee.memory.withLock {
            $0.space.mapDevice(place & ~4095)
        }
        guard isMapped else { return nil }
        return unsafe UnsafePointer<UInt8>(bitPattern: UInt(place)).unsafelyUnwrapped.pointee
    }
}
