import KernelSupport
import Testing

/// Memory with the tables of a machine that has an event device.
private struct Firmware {
    static let root: UInt64 = 0x100
    static let list = 0x200
    static let fixed = 0x300
    static let code = 0x500
    static let register: UInt32 = 0xFEA0_0000
    var memory = [UInt8](repeating: 0, count: 0x800)

    /// - Parameter isWide: With an XSDT and a 64-bit DSDT address.
    init(isWide: Bool, flags: UInt32 = 1 << 20, register: UInt32 = Self.register) {
        put(Array("RSD PTR ".utf8), Int(Self.root))
        memory[Int(Self.root) + 15] = isWide ? 2 : 0
        put(bytes(UInt64(Self.list), isWide ? 8 : 4), Int(Self.root) + (isWide ? 24 : 16))
        fixSum(Int(Self.root), 20, at: Int(Self.root) + 8)

        table(
            isWide ? "XSDT" : "RSDT", Self.list,
            bytes(UInt64(Self.code), isWide ? 8 : 4) + bytes(UInt64(Self.fixed), isWide ? 8 : 4))
        var fixed = [UInt8](repeating: 0, count: isWide ? 232 : 80)
        fixed.replaceSubrange(76..<80, with: bytes(UInt64(flags), 4))
        if isWide {
            fixed.replaceSubrange(104..<112, with: bytes(UInt64(Self.code), 8))
        } else {
            fixed.replaceSubrange(4..<8, with: bytes(UInt64(Self.code), 4))
        }
        table("FACP", Self.fixed, fixed)
        // A region of another kind comes first.
        let code: [UInt8] =
            [0x5B, 0x80] + Array("EREG".utf8) + [1, 0x0C, 1, 2, 3, 4, 0x0A, 4, 0x10]
            + [0x5B, 0x80] + Array("EREG".utf8) + [0, 0x0C] + bytes(UInt64(register), 4)
            + [0x0A, 4]
        table("DSDT", Self.code, code)
    }

    func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    mutating func put(_ bytes: [UInt8], _ at: Int) {
        memory.replaceSubrange(at..<at + bytes.count, with: bytes)
    }

    mutating func fixSum(_ start: Int, _ count: Int, at: Int) {
        memory[at] = 0
        memory[at] = 0 &- memory[start..<start + count].reduce(0, &+)
    }

    mutating func table(_ signature: String, _ at: Int, _ content: [UInt8]) {
        put(Array(signature.utf8) + bytes(UInt64(36 + content.count), 4), at)
        put(content, at + 36)
        fixSum(at, 36 + content.count, at: at + 9)
    }

    var found: UInt64? {
        EventDevice.register(root: Self.root) { address in
            address < UInt64(memory.count) ? memory[Int(address)] : nil
        }
    }
}

@Suite struct EventDeviceTests {
    @Test(arguments: [false, true])
    func theRegisterIsTheRegionsAddress(isWide: Bool) {
        #expect(Firmware(isWide: isWide).found == 0xFEA0_0000)
    }

    @Test func aMachineWithFixedRegistersHasNone() {
        #expect(Firmware(isWide: true, flags: 0).found == nil)
    }

    @Test func anAddressThatIsNoRegistersIsNone() {
        #expect(Firmware(isWide: true, register: 0).found == nil)
        #expect(Firmware(isWide: true, register: 0xFEA0_0002).found == nil)
    }

    /// Every byte of every table is under a checksum.
    @Test func oneChangedBitIsNoDevice() {
        let whole = Firmware(isWide: true)
        let tables = [(0x100, 20), (0x200, 52), (0x300, 268), (0x500, 65)]
        for (start, count) in tables {
            for bit in 0..<8 * count {
                var firmware = whole
                firmware.memory[start + bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(firmware.found == nil, "bit \(bit) of the table at \(start)")
            }
        }
    }

    /// What is read lies where it can be read, whatever the tables say.
    @Test func anyBytesAreRead() {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<min(fuzzCases, 5000) {
            var firmware = Firmware(isWide: Bool.random(using: &generator))
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let at = Int.random(in: 0..<firmware.memory.count, using: &generator)
                firmware.memory[at] = .random(in: .min ... .max, using: &generator)
            }
            for start in [Firmware.list, Firmware.fixed, Firmware.code] {
                let size = Int(firmware.memory[start + 4]) | Int(firmware.memory[start + 5]) << 8
                if size >= 36, start + size <= firmware.memory.count {
                    firmware.fixSum(start, size, at: start + 9)
                }
            }
            if let found = firmware.found { #expect(found != 0 && found & 3 == 0) }
        }
    }
}
