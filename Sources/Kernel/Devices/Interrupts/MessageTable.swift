import CMachine

/// A function's interrupts by messages: writes to memory that reach a core's controller
/// (PCI Local Bus 3.0, 6.8.2; Intel SDM 3A, 11.11).
struct MessageTable: Sendable {
    private let space: ConfigurationSpace
    /// Where the capability is, and where its table's first entry.
    private let capability: UInt8
    private let address: UInt64
    /// Entries of the table.
    private let count: Int

    /// The capability's first word: the last entry's number.
    private static let lastEntry: UInt32 = 0x7FF << 16
    /// The second word: the base address register, and the offset in it.
    private static let placeMask: UInt32 = 7
    private static let isEnabled: UInt32 = 1 << 31
    private static let allMasked: UInt32 = 1 << 30
    private static let entrySize: UInt64 = 16
    /// Of an entry: the address, in two words, the data, and whether it is masked.
    private enum Entry {
        static let low: UInt64 = 0
        static let high: UInt64 = 4
        static let data: UInt64 = 8
        static let control: UInt64 = 12
    }
    /// Where the controllers are told, whose number is from bit 12 on.
    private static let controllers: UInt32 = 0xFEE0_0000

    /// `nil`: the table is nowhere.
    init?(_ space: ConfigurationSpace, at capability: UInt8, _ places: inout BaseAddress.Known) {
        let place = space.read(capability + 4)
        let offset = UInt64(place & ~Self.placeMask)
        guard let base = places.find(UInt8(place & Self.placeMask), of: space),
            offset + Self.entrySize <= base.size
        else { return nil }
        self.space = space
        self.capability = capability
        address = base.address + offset
        let last = Int(space.read(capability) & Self.lastEntry) >> 16
        count = min(last + 1, Int((base.size - offset) / Self.entrySize))
    }

    /// Has each entry interrupt a core by the same vector, the first one the first core.
    ///
    /// - Parameter cores: Entries that are wanted.
    /// - Returns: How many do; 0: it can't.
    func start(_ vector: UInt64, cores: Int) -> Int {
        let wanted = min(cores, count)
        guard let table = DeviceRegisters.map(address, count: UInt64(wanted) * Self.entrySize) else { return 0 }
        var started = 0
        while started < wanted {
            let controller = unsafe machine_core(started).pointee.controller
            guard controller < 0xFF else { break }
            let entry = UInt64(started) * Self.entrySize
            table.write32(Self.controllers | UInt32(truncatingIfNeeded: controller << 12), entry + Entry.low)
            table.write32(0, entry + Entry.high)
            table.write32(UInt32(truncatingIfNeeded: vector), entry + Entry.data)
            table.write32(0, entry + Entry.control)
            started += 1
        }
        guard started > 0 else { return 0 }
        let control = space.read(capability)
        space.write(control & ~Self.allMasked | Self.isEnabled, capability)
        return space.read(capability) & Self.isEnabled != 0 ? started : 0
    }

    /// Has none of them interrupt any more.
    func stop() { space.write(space.read(capability) & ~Self.isEnabled, capability) }
}
