import KernelSupport

/// The processors of the machine by the numbers of their local APICs, from
/// the firmware's tables: ACPI's MADT (ACPI 6.5, 5.2.12) or, where there is
/// none, Intel's MP table (MultiProcessor Specification 1.4, chapter 4).
///
/// Tables count only with a right checksum; what they say is not trusted
/// beyond that. `physical` is always memory from address 0; what lies behind
/// its end is not there.
public struct ProcessorTables: Sendable {
    /// Processors that are taken; those beyond are not used.
    public static let maximumProcessors = 256

    private var identities = FixedList<256, UInt32>(filler: 0)
    /// ACPI's root pointer, where one was found; 0: none.
    public private(set) var rootPointer: UInt64 = 0

    public var count: Int { identities.count }
    /// The local APIC's number of a processor, in the table's order.
    public subscript(_ index: Int) -> UInt32 { identities[index] }

    /// The same, of tables that may be changed, and are not copied for it.
    @inline(__always)
    public mutating func element(_ index: Int) -> UInt32 { identities.element(index) }

    private static let rootSignature: StaticString = "RSD PTR "
    private static let floatingSignature: StaticString = "_MP_"
    /// The largest table that is read, in bytes; a MADT with 256 processors has 4 KiB.
    private static let maximumTable: UInt64 = 0x1_0000

    /// Looks for the processors.
    ///
    /// - Parameter root: ACPI's root pointer when the monitor has told it; 0: search.
    public init(root: UInt64, in physical: RawSpan) {
        var floating: UInt64 = 0
        if Self.isRoot(root, physical) { rootPointer = root }
        if rootPointer == 0 {
            (rootPointer, floating) = Self.search(physical)
        }
        if rootPointer != 0 { readRoot(physical) }
        if count == 0 {
            if floating == 0 { (_, floating) = Self.search(physical) }
            if floating != 0 { readFloating(floating, physical) }
        }
    }

    private mutating func add(_ identity: UInt32) {
        for i in 0..<count where identities[i] == identity { return }
        _ = identities.append(identity)
    }

    // MARK: - Search

    /// The addresses of the ACPI root pointer and of the MP floating pointer, 0 for
    /// none: in the first KiB of the extended BIOS data area, the last KiB of base
    /// memory, or the BIOS's ROM; both start at a multiple of 16.
    private static func search(_ physical: RawSpan) -> (root: UInt64, floating: UInt64) {
        var root: UInt64 = 0
        var floating: UInt64 = 0
        // The real-mode segment of the extended BIOS data area.
        let area = UInt64(physical.value(at: 0x40E, as: UInt16.self) ?? 0) << 4
        let ranges: [3 of Range<UInt64>] = [
            area >= 0x8_0000 ? area..<area + 1024 : 0..<0, 0x9_FC00..<0xA_0000,
            0xE_0000..<0x10_0000,
        ]
        for i in 0..<3 {
            var rest = ranges[i]
            while let at = physical.firstOffset(
                of: 0x2052_5450_2044_5352, or: 0x5F50_4D5F, in: rest)
            {
                if root == 0 && isRoot(at, physical) { root = at }
                if floating == 0 && isFloating(at, physical) { floating = at }
                rest = at &+ 16..<rest.upperBound
            }
        }
        return (root, floating)
    }

    private static func isRoot(_ address: UInt64, _ physical: RawSpan) -> Bool {
        address != 0 && physical.holds(rootSignature, at: address)
            && physical.byteSum(at: address, count: 20) == 0
    }

    private static func isFloating(_ address: UInt64, _ physical: RawSpan) -> Bool {
        guard physical.holds(floatingSignature, at: address),
            let sixteenths = physical.value(at: address + 8, as: UInt8.self), sixteenths > 0
        else { return false }
        return physical.byteSum(at: address, count: 16 * UInt64(sixteenths)) == 0
    }

    // MARK: - ACPI

    /// The size of the table at `address`, when it is whole and has the signature.
    private static func table(
        _ address: UInt64, _ signature: StaticString, _ physical: RawSpan
    ) -> UInt64? {
        guard physical.holds(signature, at: address), physical.contains(offset: address, count: 36),
            let size = physical.value(at: address + 4, as: UInt32.self), size >= 36,
            UInt64(size) <= maximumTable, physical.byteSum(at: address, count: UInt64(size)) == 0
        else { return nil }
        return UInt64(size)
    }

    @inline(__always)
    private mutating func readRoot(_ physical: RawSpan) {
        if let revision = physical.value(at: rootPointer + 15, as: UInt8.self), revision >= 2,
            let size = physical.value(at: rootPointer + 20, as: UInt32.self), size >= 33,
            UInt64(size) <= Self.maximumTable,
            physical.byteSum(at: rootPointer, count: UInt64(size)) == 0,
            let address = physical.value(at: rootPointer + 24, as: UInt64.self),
            let tableSize = Self.table(address, "XSDT", physical)
        {
            readList(address, tableSize, entry: 8, physical)
        } else if let address = physical.value(at: rootPointer + 16, as: UInt32.self),
            let tableSize = Self.table(UInt64(address), "RSDT", physical)
        {
            readList(UInt64(address), tableSize, entry: 4, physical)
        }
    }

    /// Reads the first MADT that the list of tables names.
    private mutating func readList(
        _ address: UInt64, _ size: UInt64, entry: UInt64, _ physical: RawSpan
    ) {
        var at = address + 36
        while at + entry <= address + size {
            let place =
                entry == 8
                ? physical.value(at: at, as: UInt64.self)
                : physical.value(at: at, as: UInt32.self).map { UInt64($0) }
            if let place, let tableSize = Self.table(place, "APIC", physical) {
                readProcessors(place, tableSize, physical)
                return
            }
            at += entry
        }
    }

    private mutating func readProcessors(_ address: UInt64, _ size: UInt64, _ physical: RawSpan) {
        let end = address + size
        var at = address + 44
        while at + 2 <= end {
            guard let type = physical.value(at: at, as: UInt8.self),
                let length = physical.value(at: at + 1, as: UInt8.self), length >= 2,
                at + UInt64(length) <= end
            else { return }
            if type == 0, length >= 8, let identity = physical.value(at: at + 3, as: UInt8.self),
                let flags = physical.value(at: at + 4, as: UInt32.self), flags & 1 != 0,
                identity != 0xFF
            {
                add(UInt32(identity))
            } else if type == 9, length >= 16,
                let identity = physical.value(at: at + 4, as: UInt32.self),
                let flags = physical.value(at: at + 8, as: UInt32.self), flags & 1 != 0,
                identity != 0xFFFF_FFFF
            {
                add(identity)
            }
            at += UInt64(length)
        }
    }

    // MARK: - MP table

    @inline(__always)
    private mutating func readFloating(_ address: UInt64, _ physical: RawSpan) {
        guard let word = physical.value(at: address + 4, as: UInt32.self), word != 0 else { return }
        let table = UInt64(word)
        guard physical.holds("PCMP", at: table), physical.contains(offset: table, count: 44),
            let size = physical.value(at: table + 4, as: UInt16.self), size >= 44,
            physical.byteSum(at: table, count: UInt64(size)) == 0
        else { return }
        // The number of entries is no help: QEMU's qboot leaves it 0.
        let end = table + UInt64(size)
        var at = table + 44
        while at + 20 <= end {
            // Only processors, which come first, have twenty bytes.
            guard physical.value(at: at, as: UInt8.self) == 0,
                let identity = physical.value(at: at + 1, as: UInt8.self),
                let flags = physical.value(at: at + 3, as: UInt8.self)
            else { return }
            if flags & 1 != 0 { add(UInt32(identity)) }
            at += 20
        }
    }
}
