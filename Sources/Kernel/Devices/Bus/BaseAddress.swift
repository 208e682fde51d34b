import KernelMachine
import Synchronization

/// A base address register: where some of a function's registers lie (PCI Local
/// Bus 3.0, 6.2.5.1).
struct BaseAddress: BitwiseCopyable {
    let address: UInt64
    let size: UInt64

    private static let first: UInt8 = 0x10
    /// Bits of the register: ports and no memory; 64 bits wide; all that are no address.
    private static let isPort: UInt32 = 1
    private static let widthMask: UInt32 = 6
    private static let isWide: UInt32 = 4
    private static let flags: UInt32 = 0xF

    /// Where there is room for what no firmware has placed: a part of the hole below
    /// 4 GiB that neither memory nor anything else of a PC's reaches.
    private static let room: Range<UInt64> = 0xE000_0000..<0xF000_0000
    private static let next = Atomic<UInt64>(room.lowerBound)

    /// Finds out, and places it where nobody has. The function must not answer memory
    /// meanwhile.
    ///
    /// - Returns: `nil`: there is none of memory, or no room.
    init?(_ index: UInt8, of space: ConfigurationSpace) {
        guard index <= 5 else { return nil }
        let register = Self.first + 4 * index
        let low = space.read(register)
        guard low & Self.isPort == 0 else { return nil }
        let isWide = low & Self.widthMask == Self.isWide
        guard !isWide || index < 5 else { return nil }
        let high = isWide ? space.read(register + 4) : 0
        // What stays of ones tells the size.
        space.write(.max, register)
        var mask = UInt64(space.read(register) & ~Self.flags)
        if isWide {
            space.write(.max, register + 4)
            mask |= UInt64(space.read(register + 4)) << 32
        } else if mask != 0 {
            mask |= 0xFFFF_FFFF << 32
        }
        guard mask != 0, mask & (1 << 63) != 0 else { return nil }
        size = ~mask + 1
        guard size.nonzeroBitCount == 1, size <= 1 << 32 else { return nil }
        var address = UInt64(high) << 32 | UInt64(low & ~Self.flags)
        if address == 0 {
            guard let place = Self.place(size) else { return nil }
            address = place
        }
        space.write(UInt32(truncatingIfNeeded: address) | low & Self.flags, register)
        if isWide { space.write(UInt32(truncatingIfNeeded: address >> 32), register + 4) }
        self.address = address
    }

    /// Those of one function that were looked at: each is once.
    struct Known {
        private var all: InlineArray<6, BaseAddress?> = InlineArray(repeating: nil)

        /// As `init`.
        mutating func find(_ index: UInt8, of space: ConfigurationSpace) -> BaseAddress? {
            guard index <= 5 else { return nil }
            if let known = all[Int(index)] { return known }
            let found = BaseAddress(index, of: space)
            all[Int(index)] = found
            return found
        }
    }

    private static func place(_ size: UInt64) -> UInt64? {
        let align = max(size, 4096)
        while true {
            let old = next.load(ordering: .relaxed)
            let start = (old + align - 1) & ~(align - 1)
            guard start + align <= room.upperBound else { return nil }
            if next.compareExchange(expected: old, desired: start + align, ordering: .relaxed).exchanged {
                return start
            }
        }
    }
}
