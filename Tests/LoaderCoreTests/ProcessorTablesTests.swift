import LoaderCore
import TestSupport
import Testing

/// Memory with the firmware's tables.
struct Firmware {
    static let root = 0xF_52C0
    static let list = 0x2000
    static let longList = 0x2100
    static let processors = 0x2200
    static let other = 0x2400
    static let floating = 0xF_6000
    static let configuration = 0x3000
    var physical: [UInt8]

    init(size: Int = 0x10_0000) { physical = [UInt8](repeating: 0, count: size) }

    /// One table with its header and checksum.
    mutating func addTable(_ signature: String, at address: Int, _ content: [UInt8]) {
        physical.put(signature, at: address)
        physical.put(UInt32(36 + content.count), at: address + 4)
        for (i, byte) in content.enumerated() { physical[address + 36 + i] = byte }
        physical.fixSum(address..<address + 36 + content.count, at: address + 9)
    }

    static func localAPIC(_ identity: UInt8, enabled: Bool = true) -> [UInt8] {
        [0, 8, 0, identity, enabled ? 1 : 0, 0, 0, 0]
    }

    static func local2APIC(_ identity: UInt32, enabled: Bool = true) -> [UInt8] {
        var entry = [UInt8](repeating: 0, count: 16)
        entry[0] = 9
        entry[1] = 16
        entry.put(identity, at: 4)
        entry[8] = enabled ? 1 : 0
        return entry
    }

    static let otherEntry: [UInt8] = [1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0]

    mutating func addProcessors(_ entries: [UInt8]) {
        addTable("APIC", at: Self.processors, [0, 0, 0xE0, 0xFE, 1, 0, 0, 0] + entries)
    }

    /// The root pointer and the lists that lead to the processors.
    mutating func addRoot(at root: Int = Firmware.root, revision: UInt8, extended: Bool) {
        addTable("FACP", at: Self.other, [1, 2, 3, 4])
        var list = [UInt8](repeating: 0, count: 8)
        list.put(UInt32(Self.other), at: 0)
        list.put(UInt32(Self.processors), at: 4)
        addTable("RSDT", at: Self.list, list)
        if extended {
            var list = [UInt8](repeating: 0, count: 16)
            list.put(UInt64(Self.other), at: 0)
            list.put(UInt64(Self.processors), at: 8)
            addTable("XSDT", at: Self.longList, list)
        }
        physical.put("RSD PTR ", at: root)
        physical[root + 15] = revision
        physical.put(UInt32(Self.list), at: root + 16)
        if extended {
            physical.put(UInt32(36), at: root + 20)
            physical.put(UInt64(Self.longList), at: root + 24)
        }
        physical.fixSum(root..<root + 20, at: root + 8)
        if extended { physical.fixSum(root..<root + 36, at: root + 32) }
    }

    mutating func addMultiprocessor(
        at floating: Int = Firmware.floating, _ identities: [UInt8], disabled: UInt8? = nil
    ) {
        physical.put("_MP_", at: floating)
        physical.put(UInt32(Self.configuration), at: floating + 4)
        physical[floating + 8] = 1
        physical[floating + 9] = 4
        physical.fixSum(floating..<floating + 16, at: floating + 10)
        let table = Self.configuration
        let all = identities + (disabled.map { [$0] } ?? [])
        let size = 44 + 20 * all.count + 8
        physical.put("PCMP", at: table)
        physical.put(UInt16(size), at: table + 4)
        physical.put(UInt16(all.count + 1), at: table + 34)
        for (i, identity) in all.enumerated() {
            physical[table + 44 + 20 * i + 1] = identity
            physical[table + 44 + 20 * i + 3] = identity == disabled ? 0 : 1
        }
        physical[table + 44 + 20 * all.count] = 1
        physical.fixSum(table..<table + size, at: table + 7)
    }
}

@Suite(.serialized, .inTurn)
struct ProcessorTablesTests {
    @Test(arguments: [false, true]) func fromTheListsOfACPI(_ extended: Bool) {
        var firmware = Firmware()
        firmware.addProcessors(
            Firmware.localAPIC(0) + Firmware.otherEntry + Firmware.localAPIC(2)
                + Firmware.localAPIC(4, enabled: false) + Firmware.local2APIC(0x100)
                + Firmware.local2APIC(0x200, enabled: false) + Firmware.localAPIC(2)
                + Firmware.localAPIC(0xFF) + Firmware.localAPIC(1))
        firmware.addRoot(revision: extended ? 2 : 0, extended: extended)
        let told = readProcessors(root: UInt64(Firmware.root), in: firmware.physical)
        #expect(told.list == [0, 2, 0x100, 1])
        let searched = readProcessors(in: firmware.physical)
        #expect(searched.list == [0, 2, 0x100, 1])
        #expect(searched.rootPointer == UInt64(Firmware.root))
    }

    @Test func aDamagedLongListIsNotUsed() {
        var firmware = Firmware()
        firmware.addProcessors(Firmware.localAPIC(3))
        firmware.addRoot(revision: 2, extended: true)
        firmware.physical[Firmware.longList + 20] ^= 1
        #expect(readProcessors(in: firmware.physical).list == [3])
    }

    @Test(arguments: [Firmware.root + 3, Firmware.list + 10, Firmware.processors + 40])
    func aWrongChecksumMakesATableWorthless(_ place: Int) {
        var firmware = Firmware()
        firmware.addProcessors(Firmware.localAPIC(3))
        firmware.addRoot(revision: 0, extended: false)
        firmware.physical[place] ^= 0x10
        #expect(readProcessors(root: UInt64(Firmware.root), in: firmware.physical).count == 0)
        firmware.addMultiprocessor([7])
        #expect(readProcessors(root: UInt64(Firmware.root), in: firmware.physical).list == [7])
    }

    @Test(arguments: [0x9_FC00, 0xF_6000, 0xF_FFF0]) func fromTheMPTable(_ floating: Int) {
        var firmware = Firmware()
        firmware.addMultiprocessor(at: floating, [0, 1, 5], disabled: 6)
        let tables = readProcessors(in: firmware.physical)
        #expect(tables.list == [0, 1, 5])
        #expect(tables.rootPointer == 0)
    }

    /// As QEMU's firmware for microvm leaves it.
    @Test func anMPTableThatCountsNoEntries() {
        var firmware = Firmware()
        firmware.addMultiprocessor([0, 1])
        let table = Firmware.configuration
        firmware.physical.put(UInt16(0), at: table + 34)
        firmware.physical.fixSum(table..<table + 44 + 2 * 20 + 8, at: table + 7)
        #expect(readProcessors(in: firmware.physical).list == [0, 1])
    }

    @Test func inTheExtendedDataArea() {
        var firmware = Firmware()
        firmware.physical.put(UInt16(0x9_0000 >> 4), at: 0x40E)
        firmware.addProcessors(Firmware.localAPIC(9))
        firmware.addRoot(at: 0x9_0010, revision: 0, extended: false)
        let tables = readProcessors(in: firmware.physical)
        #expect(tables.rootPointer == 0x9_0010)
        #expect(tables.list == [9])
    }

    @Test func noTablesNoProcessors() {
        #expect(readProcessors(in: []).count == 0)
        #expect(readProcessors(in: Firmware().physical).count == 0)
        #expect(readProcessors(root: UInt64.max, in: Firmware(size: 64).physical).count == 0)
    }

    @Test func moreThanThereIsRoomFor() {
        var firmware = Firmware()
        firmware.physical = [UInt8](repeating: 0, count: 0x10_0000)
        // Behind the other tables.
        let entries = (0..<300 as Range<UInt32>).flatMap { Firmware.local2APIC($0) }
        firmware.addTable("APIC", at: 0x4000, [UInt8](repeating: 0, count: 8) + entries)
        firmware.addRoot(revision: 0, extended: false)
        firmware.physical.put(UInt32(0x4000), at: Firmware.list + 40)
        firmware.physical.fixSum(Firmware.list..<Firmware.list + 44, at: Firmware.list + 9)
        let tables = readProcessors(in: firmware.physical)
        #expect(tables.count == ProcessorTables.maximumProcessors)
        #expect(tables[255] == 255)
    }

    @Test(.timeLimit(.minutes(10))) func damagedTablesNeverBreakTheReader() {
        // Small enough that nothing is searched for.
        var original = Firmware(size: 0x4000)
        original.addProcessors(Firmware.localAPIC(0) + Firmware.local2APIC(1))
        original.addRoot(at: 0x1000, revision: 2, extended: true)
        let places = [
            0x1000..<0x1028, Firmware.list..<Firmware.list + 0x30,
            Firmware.longList..<Firmware.longList + 0x38,
            Firmware.processors..<Firmware.processors + 0x48,
        ]
        var found = 0
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            var firmware = original
            let place = places[generator.below(places.count)]
            mutate(&firmware.physical, in: place, &generator)
            // Sums that are right let the damage in.
            firmware.physical.fixSum(0x1000..<0x1014, at: 0x1008)
            firmware.physical.fixSum(0x1000..<0x1024, at: 0x1020)
            for (start, size) in [
                (Firmware.list, 44), (Firmware.longList, 52), (Firmware.processors, 68),
            ] {
                firmware.physical.fixSum(start..<start + size, at: start + 9)
            }
            found += readProcessors(root: 0x1000, in: firmware.physical).count
        }
        #expect(found > fuzzCases)
    }
}
