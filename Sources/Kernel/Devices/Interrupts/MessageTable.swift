/// A function's interrupts by messages: writes to memory that reach a core's controller
/// (PCI Local Bus 3.0, 6.8.2; Intel SDM 3A, 11.11).
struct MessageTable: Sendable {
    private let space: ConfigurationSpace
    /// Where the capability is, and where its table's first entry.
    private let capability: UInt8
    private let address: UInt64

    /// The capability's second word: the base address register, and the offset in it.
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
    }

    /// Has the first entry interrupt a core; `false`: it can't.
    func start(_ vector: UInt64, of controller: UInt64) -> Bool {
        guard controller < 0xFF, let entry = DeviceRegisters.map(address, count: Self.entrySize) else {
            return false
        }
        entry.write32(Self.controllers | UInt32(truncatingIfNeeded: controller << 12), Entry.low)
        entry.write32(0, Entry.high)
        entry.write32(UInt32(truncatingIfNeeded: vector), Entry.data)
        entry.write32(0, Entry.control)
        let control = space.read(capability)
        space.write(control & ~Self.allMasked | Self.isEnabled, capability)
        return space.read(capability) & Self.isEnabled != 0
    }

    /// Has none of them interrupt any more.
    func stop() { space.write(space.read(capability) & ~Self.isEnabled, capability) }
}
