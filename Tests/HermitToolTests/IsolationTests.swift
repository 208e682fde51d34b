import Foundation
import Testing

@testable import HermitTool

/// What the tool does for isolation (docs/isolation.md).
@Suite struct IsolationToolTests {
    @Test func theKernelsWritableDataHasSectionsOfItsOwn() {
        let listing = """

            x.o:    file format elf64-x86-64

            Sections:
            Idx Name                          Size     VMA              Type
              0                               00000000 0000000000000000
              1 .text                         00000000 0000000000000000 TEXT
              2 .data                         00000010 0000000000000000 DATA
              3 .data.rel.ro.table            00000010 0000000000000000 DATA
              4 .data.rel.ro                  00000010 0000000000000000 DATA
              5 .bss.stacks                   00000010 0000000000000000 BSS
              6 .bss.hermit_landing           00000010 0000000000000000 BSS
              7 .hermit.published             00000010 0000000000000000 DATA
              8 .database                     00000010 0000000000000000 DATA
              9 .data                         00000010 0000000000000000 DATA
            """
        #expect(
            KernelSections.renaming(listing: listing) == [
                "--rename-section=.bss.stacks=.hermit.bss.stacks", "--rename-section=.data=.hermit.data",
            ])
    }

    // MARK: - The search for WRPKRU

    private static let writes: [UInt8] = [0x0F, 0x01, 0xEF]
    private static let codeStart = 0x1000

    /// An ELF64 image of one segment and a table of symbols.
    ///
    /// - Parameter functions: Names, starts from the code's first byte, and sizes.
    private func image(
        code: [UInt8], flags: UInt32 = 5, functions: [(name: String, start: Int, size: Int)]
    ) -> Data {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        var names: [UInt8] = [0]
        var symbols = [UInt8](repeating: 0, count: 24)
        for function in functions {
            symbols += bytes(UInt32(names.count)) + [2, 0, 1, 0]
            symbols += bytes(UInt64(Self.codeStart + function.start)) + bytes(UInt64(function.size))
            names += Array(function.name.utf8) + [0]
        }
        let codeOffset = 64 + 56
        let symbolOffset = codeOffset + code.count
        let nameOffset = symbolOffset + symbols.count
        let sections = nameOffset + names.count
        var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 255] + [UInt8](repeating: 0, count: 8)
        file += bytes(UInt16(3)) + bytes(UInt16(62)) + bytes(UInt32(1)) + bytes(UInt64(0))
        file += bytes(UInt64(64)) + bytes(UInt64(sections)) + bytes(UInt32(0)) + bytes(UInt16(64))
        file += bytes(UInt16(56)) + bytes(UInt16(1)) + bytes(UInt16(64)) + bytes(UInt16(3)) + bytes(UInt16(0))
        file += bytes(UInt32(1)) + bytes(flags) + bytes(UInt64(codeOffset)) + bytes(UInt64(Self.codeStart))
        file += bytes(UInt64(Self.codeStart)) + bytes(UInt64(code.count)) + bytes(UInt64(code.count))
        file += bytes(UInt64(4096))
        file += code + symbols + names
        func section(_ type: UInt32, _ start: Int, _ size: Int, _ link: UInt32) -> [UInt8] {
            bytes(UInt32(0)) + bytes(type) + bytes(UInt64(0)) + bytes(UInt64(0)) + bytes(UInt64(start))
                + bytes(UInt64(size)) + bytes(link) + [UInt8](repeating: 0, count: 20)
        }
        file += section(0, 0, 0, 0) + section(2, symbolOffset, symbols.count, 2) + section(3, nameOffset, names.count, 0)
        return Data(file)
    }

    @Test func theProgramsOwnWritesAreFound() {
        let code = [0x90] + Self.writes + [0xC3] + Self.writes + Self.writes + [0xC3]
        let scan = RightsScan(
            image(
                code: code,
                functions: [
                    ("mine", 0, 5), ("sys_read.isolated", 5, 3), ("__hermit_kernel_machine_open", 8, 3),
                ]))
        #expect(scan.findings == [RightsScan.Finding(address: 0x1001, function: "mine")])
        #expect(scan.message?.contains("at mine, 0x1001") == true)
    }

    @Test func bytesInsideOfInstructionsCount() {
        // movl $0xef010f, %eax
        let scan = RightsScan(image(code: [0xB8, 0x0F, 0x01, 0xEF, 0x00, 0xC3], functions: [("constant", 0, 6)]))
        #expect(scan.findings == [RightsScan.Finding(address: 0x1001, function: "constant")])
    }

    @Test func dataAndStrippedImagesAreNotSearched() {
        #expect(RightsScan(image(code: Self.writes, flags: 6, functions: [("data", 0, 3)])).message == nil)
        #expect(RightsScan(image(code: Self.writes, functions: [])).message == nil)
        #expect(RightsScan(Data()).message == nil)
    }

    /// Damaged images end nothing.
    @Test func damagedImages() {
        let whole = image(code: Self.writes + [0xC3], functions: [("mine", 0, 4)])
        var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return seed
        }
        for _ in 0..<100_000 {
            var damaged = whole
            for _ in 0...next() % 4 {
                damaged[Int(next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: next())
            }
            if next() % 4 == 0 { damaged = damaged.prefix(Int(next() % UInt64(damaged.count))) }
            _ = RightsScan(damaged)
        }
    }
}
