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
    /// The MP floating pointer's address, where it was searched and found; 0: none.
    private var floating: UInt64 = 0

    public var count: Int { identities.count }
    /// The local APIC's number of a processor, in the table's order.
    public subscript(_ index: Int) -> UInt32 { identities[index] }

    /// The same, of tables that may be changed, and are not copied for it.
    @inline(__always)
    public mutating func element(_ index: Int) -> UInt32 { identities.element(index) }

    /// What tables begin with, as numbers.
    private enum Signature {
        /// "RSD PTR "
        static let root: UInt64 = 0x2052_5450_2044_5352
        /// "_MP_"
        static let floating: UInt32 = 0x5F50_4D5F
        /// "XSDT"
        static let longList: UInt32 = 0x5444_5358
        /// "RSDT"
        static let shortList: UInt32 = 0x5444_5352
        /// "APIC"
        static let processors: UInt32 = 0x4349_5041
        /// "PCMP"
        static let configuration: UInt32 = 0x504D_4350
    }

    /// The largest table that is read, in bytes; a MADT with 256 processors has 4 KiB.
    private static let maximumTable: UInt64 = 0x1_0000

    /// No processor is known.
    @inline(__always)
    public init() {}

    /// Looks for the processors.
    ///
    /// - Parameter root: ACPI's root pointer when the monitor has told it; 0: search.
    @inline(never)
    public mutating func read(root: UInt64, in physical: RawSpan) {
        if root != 0, Self.isRoot(root, physical) {
            rootPointer = root
        } else {
            search(physical)
        }
        if rootPointer != 0 {
            readRoot(physical)
            if count > 0 { return }
            if floating == 0 { search(physical) }
        }
        if floating != 0 { readFloating(floating, physical) }
    }

    /// Adds a processor, unless it is there.
    @inline(never)
    public mutating func add(_ identity: UInt32) {
        var i = 0
        while i < count {
            if identities.element(i) == identity { return }
            i &+= 1
        }
        _ = identities.append(identity)
    }

    // MARK: - Search

    /// Looks for the ACPI root pointer and the MP floating pointer: in the first KiB
    /// of the extended BIOS data area, the last KiB of base memory, or the BIOS's ROM.
    @inline(never)
    private mutating func search(_ physical: RawSpan) {
        // The real-mode segment of the extended BIOS data area.
        let area = UInt64(physical.value(at: 0x40E, as: UInt16.self) ?? 0) << 4
        if area >= 0x8_0000 { search(physical, area, 1024) }
        search(physical, 0x9_FC00, 1024)
        search(physical, 0xE_0000, 0x2_0000)
    }

    /// Both start at a multiple of 16; of several the first counts.
    @inline(never)
    private mutating func search(_ physical: RawSpan, _ start: UInt64, _ size: UInt64) {
        var rest = start..<start &+ size
        while let at = physical.firstOffset(
            of: Signature.root, or: Signature.floating, in: rest)
        {
            if rootPointer == 0, Self.isRoot(at, physical) {
                rootPointer = at
            } else if floating == 0, Self.isFloating(at, physical) {
                floating = at
            }
            rest = at &+ 16..<rest.upperBound
        }
    }

    @inline(never)
    private static func isRoot(_ address: UInt64, _ physical: RawSpan) -> Bool {
        physical.value(at: address, as: UInt64.self) == Signature.root
            && physical.byteSum(at: address, count: 20) == 0
    }

    private static func isFloating(_ address: UInt64, _ physical: RawSpan) -> Bool {
        guard let words: InlineArray<2, UInt64> = physical.words(at: address),
            UInt32(truncatingIfNeeded: words[0]) == Signature.floating, words[1] & 0xFF > 0
        else { return false }
        // In sixteen bytes each.
        return physical.byteSum(at: address, count: 16 &* (words[1] & 0xFF)) == 0
    }

    // MARK: - ACPI

    /// The size of the table at `address`, when it is whole and has the signature.
    private static func table(
        _ address: UInt64, _ signature: UInt32, _ physical: RawSpan
    ) -> UInt64? {
        guard physical.contains(offset: address, count: 36),
            physical.value(at: address, as: UInt32.self) == signature,
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
            let tableSize = Self.table(address, Signature.longList, physical)
        {
            readList(address, tableSize, entry: 8, physical)
        } else if let address = physical.value(at: rootPointer + 16, as: UInt32.self),
            let tableSize = Self.table(UInt64(address), Signature.shortList, physical)
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
            if let place, let tableSize = Self.table(place, Signature.processors, physical) {
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
        // The signature, the size in 16 bits, and what does not matter.
        guard let head: InlineArray<1, UInt64> = physical.words(at: table),
            UInt32(truncatingIfNeeded: head[0]) == Signature.configuration
        else { return }
        let size = head[0] >> 32 & 0xFFFF
        guard size >= 44, physical.byteSum(at: table, count: size) == 0 else { return }
        // The number of entries is no help: QEMU's qboot leaves it 0.
        let end = table + size
        var at = table + 44
        while at + 20 <= end {
            // Only processors, which come first, have twenty bytes: their type 0, the
            // local APIC's number, its version, flags.
            guard let entry = physical.value(at: at, as: UInt32.self), entry & 0xFF == 0
            else { return }
            if entry >> 24 & 1 != 0 { add(entry >> 8 & 0xFF) }
            at += 20
        }
    }
}
