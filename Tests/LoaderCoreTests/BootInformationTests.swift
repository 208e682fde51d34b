import LoaderCore
import TestSupport
import Testing

/// Memory as a monitor leaves it.
private struct Machine {
    static let information = 0x1000
    static let map = 0x1100
    static let modules = 0x1800
    static let line = 0x1900
    var physical = [UInt8](repeating: 0, count: 0x8000)

    private static let ranges: [(start: UInt64, size: UInt64, type: UInt32)] = [
        (0, 0x9_FC00, 1), (0x9_FC00, 0x400, 2), (0xF_0000, 0x1_0000, 2), (0x10_0000, 0x7F0_0000, 1),
        (0x7FF_0000, 0x1_0000, 3),
    ]

    static let memory: [Range<UInt64>] = [0..<0x9_F000, 0x10_0000..<0x7FF_0000]

    static func pvh() -> Machine {
        var machine = Machine()
        machine.physical.put(UInt32(0x336E_C578), at: information)
        machine.physical.put(UInt32(1), at: information + 4)
        machine.physical.put(UInt32(1), at: information + 12)
        machine.physical.put(UInt64(modules), at: information + 16)
        machine.physical.put(UInt64(line), at: information + 24)
        machine.physical.put(UInt64(0xF_52C0), at: information + 32)
        machine.physical.put(UInt64(map), at: information + 40)
        machine.physical.put(UInt32(ranges.count), at: information + 48)
        machine.physical.put(UInt64(0x4000), at: modules)
        machine.physical.put(UInt64(0x2000), at: modules + 8)
        machine.physical.put("-- a", at: line)
        for (i, range) in ranges.enumerated() {
            machine.physical.put(range.start, at: map + 24 * i)
            machine.physical.put(range.size, at: map + 24 * i + 8)
            machine.physical.put(range.type, at: map + 24 * i + 16)
        }
        return machine
    }

    static func multiboot() -> Machine {
        var machine = Machine()
        machine.physical.put(UInt32(0b100_1101), at: information)
        machine.physical.put(UInt32(639), at: information + 4)
        machine.physical.put(UInt32(0x7F0_0000 >> 10), at: information + 8)
        machine.physical.put(UInt32(line), at: information + 16)
        machine.physical.put(UInt32(1), at: information + 20)
        machine.physical.put(UInt32(modules), at: information + 24)
        machine.physical.put(UInt32(24 * ranges.count), at: information + 44)
        machine.physical.put(UInt32(map), at: information + 48)
        machine.physical.put(UInt32(0x4000), at: modules)
        machine.physical.put(UInt32(0x6000), at: modules + 4)
        for (i, range) in ranges.enumerated() {
            machine.physical.put(UInt32(20), at: map + 24 * i)
            machine.physical.put(range.start, at: map + 24 * i + 4)
            machine.physical.put(range.size, at: map + 24 * i + 12)
            machine.physical.put(range.type, at: map + 24 * i + 20)
        }
        return machine
    }

    /// The command line that a Multiboot loader would pass on.
    mutating func setLine(_ text: String) { physical.put(text + "\0", at: Self.line) }
}

@Suite(.serialized, .inTurn)
struct BootInformationTests {
    private static let address = UInt64(Machine.information)

    @Test func pvh() throws {
        let information = try readPVH(Self.address, in: Machine.pvh().physical)
        #expect(information.module == 0x4000..<0x6000)
        #expect(information.commandLine == UInt64(Machine.line))
        #expect(information.rootPointer == 0xF_52C0)
        #expect(information.memory.list == Machine.memory)
    }

    @Test func multiboot() throws {
        let information = try readMultiboot(Self.address, in: Machine.multiboot().physical)
        #expect(information.module == 0x4000..<0x6000)
        #expect(information.commandLine == UInt64(Machine.line))
        #expect(information.rootPointer == 0)
        #expect(information.memory.list == Machine.memory)
    }

    @Test func multibootWithoutAMapHasTheTwoSizes() throws {
        var machine = Machine.multiboot()
        machine.physical.put(UInt32(1), at: Machine.information)
        let information = try readMultiboot(Self.address, in: machine.physical)
        #expect(information.memory.list == [0..<0x9_F000, 0x10_0000..<0x800_0000])
        #expect(information.module.isEmpty)
        #expect(information.commandLine == 0)
    }

    @Test(arguments: [
        ("loader-multiboot log=info -- a", "log=info -- a"), ("/a/b -- c", " -- c"),
        ("loader", ""), ("log=info -- a", "log=info -- a"), ("-- a", "-- a"), ("", ""),
        ("  loader  -- a", " -- a"),
    ])
    func theLoadersOwnNameIsNotInTheLine(_ line: String, _ rest: String) throws {
        var machine = Machine.multiboot()
        machine.setLine(line)
        let information = try readMultiboot(Self.address, in: machine.physical)
        let text = machine.physical[Int(information.commandLine)...].prefix { $0 != 0 }
        #expect(
            String(decoding: text, as: UTF8.self).drop { $0 == " " } == rest.drop { $0 == " " })
    }

    @Test func damagedInformationIsAnError() {
        var machine = Machine.pvh()
        #expect(throws: BootInformation.Fault.badInformation) {
            try readPVH(Self.address + 8, in: machine.physical)
        }
        #expect(throws: BootInformation.Fault.badInformation) {
            try readPVH(UInt64(machine.physical.count) - 8, in: machine.physical)
        }
        #expect(throws: BootInformation.Fault.badInformation) {
            try readPVH(UInt64.max - 3, in: machine.physical)
        }
        machine.physical.put(UInt32(0), at: Machine.information + 4)
        #expect(throws: BootInformation.Fault.badInformation) {
            try readPVH(Self.address, in: machine.physical)
        }
        machine = .pvh()
        machine.physical.put(UInt64.max - 20, at: Machine.information + 40)
        #expect(throws: BootInformation.Fault.noMemoryMap) {
            try readPVH(Self.address, in: machine.physical)
        }
        machine = .multiboot()
        machine.physical.put(UInt32(0), at: Machine.information)
        #expect(throws: BootInformation.Fault.noMemoryMap) {
            try readMultiboot(Self.address, in: machine.physical)
        }
        #expect(throws: BootInformation.Fault.badInformation) {
            try readMultiboot(UInt64.max, in: machine.physical)
        }
    }

    @Test func aModuleOutsideOfMemoryIsNone() throws {
        for (start, size) in [(0x4000, UInt64.max), (UInt64.max - 1, 2), (0x7FFF, 2)] {
            var machine = Machine.pvh()
            machine.physical.put(start, at: Machine.modules)
            machine.physical.put(size, at: Machine.modules + 8)
            #expect(try readPVH(Self.address, in: machine.physical).module.isEmpty)
        }
        var machine = Machine.multiboot()
        machine.physical.put(UInt32(0x3000), at: Machine.modules + 4)
        #expect(try readMultiboot(Self.address, in: machine.physical).module.isEmpty)
    }

    @Test(.timeLimit(.minutes(10))) func damagedInformationNeverBreaksTheReaders() {
        let originals = [Machine.pvh().physical, Machine.multiboot().physical]
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            let isPVH = generator.below(2) == 0
            var bytes = originals[isPVH ? 0 : 1]
            for _ in 0...generator.below(3) {
                mutate(
                    &bytes, in: generator.below(2) == 0 ? 0x1000..<0x1038 : 0x1000..<0x1820,
                    &generator)
            }
            let information =
                isPVH
                ? try? readPVH(Self.address, in: bytes)
                : try? readMultiboot(Self.address, in: bytes)
            if let information, information.module.upperBound > UInt64(bytes.count) {
                Issue.record("a module outside of memory, seed \(seed)")
                return
            }
        }
    }
}
