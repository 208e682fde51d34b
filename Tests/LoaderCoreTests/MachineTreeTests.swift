import KernelSupport
import LoaderCore
import Testing

/// The tree that the loader writes: what a boot is told of it is what a walk finds.
@Suite struct MachineTreeTests {
    struct Written {
        var bytes: [UInt8]
        var memory: Range<Int>
        var line: Range<Int>
    }

    private func write(
        _ ranges: [Range<UInt64>], _ processors: ProcessorTables, _ line: String,
        oneByOne: Bool = false, size: Int = 65536
    ) -> Written? {
        var memory = MemoryMap()
        for range in ranges {
            memory.add(start: range.lowerBound, size: range.upperBound - range.lowerBound)
        }
        var processors = processors
        var buffer = [UInt8](repeating: 0xEE, count: size)
        let text = Array(line.utf8)
        let tree = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard oneByOne else {
                return unsafe MachineTree(bytes, &memory, &processors, line: text.span.bytes)
            }
            return unsafe MachineTree(bytes, &memory, &processors) { tree in
                tree.beginBytes(.bootArguments)
                for byte in text { tree.add(byte) }
                return tree.endBytes()
            }
        }
        return tree.map { Written(bytes: buffer, memory: $0.memory, line: $0.line) }
    }

    private func tables(of processors: Int) -> ProcessorTables {
        var firmware = Firmware(size: 0x4000)
        if processors == 0 { return readProcessors(in: firmware.physical) }
        firmware.addProcessors((0..<processors).flatMap { Firmware.local2APIC(UInt32($0)) })
        firmware.addRoot(at: 0x3000, revision: 0, extended: false)
        return readProcessors(root: 0x3000, in: firmware.physical)
    }

    @Test(arguments: [false, true], [0, 1, 4, 16])
    func aWalkFindsWhatABootIsTold(oneByOne: Bool, processors: Int) throws {
        var generator = SeededGenerator(state: UInt64(processors) + 77)
        for count in [1, 2, 64] {
            let ranges = (0..<count).map { index -> Range<UInt64> in
                let start = UInt64(index) << 32 | UInt64.random(in: 0..<0x8_0000, using: &generator) << 12
                return start..<start + UInt64.random(in: 1..<0x1000, using: &generator) << 12
            }
            let line = String(repeating: "name=a \"b c\" -- ", count: Int.random(in: 0..<20, using: &generator))
            let tables = tables(of: processors)
            let written = try #require(write(ranges, tables, line, oneByOne: oneByOne))
            let found = try TreeAnswers(written.bytes)
            #expect(found.memory == ranges)
            #expect(found.line ?? "" == line)
            #expect(found.processors == (0..<processors).map { UInt64($0) })
            #expect(found.rootPointer == (tables.rootPointer == 0 ? nil : tables.rootPointer))

            #expect(String(decoding: written.bytes[written.line], as: UTF8.self) == line)
            var told: [Range<UInt64>] = []
            unsafe FlattenedDeviceTree.forEachRange(
                in: written.bytes.span.bytes, from: UInt64(written.memory.lowerBound),
                to: UInt64(written.memory.upperBound)) { told.append($0..<$0 + $1) }
            #expect(told == ranges)
        }
    }

    @Test func whatDoesNotFitIsNoticed() throws {
        let tables = tables(of: 2)
        let whole = try #require(write([0..<0x1000], tables, "x", size: 4096))
        let used = FlattenedDeviceTree.size(ofHeader: unsafe whole.bytes.span.bytes)!
        for size in 64..<used { #expect(write([0..<0x1000], tables, "x", size: size) == nil) }
        #expect(write([0..<0x1000], tables, "x", size: used + 256) != nil)
    }

    /// Places that no loader has told are no reason to touch anything outside.
    @Test func anyPlaceIsReadWithinTheTree() {
        var generator = SeededGenerator(state: 5)
        let bytes = [UInt8](repeating: 0xFF, count: 256)
        for _ in 0..<10_000 {
            let start = UInt64.random(in: 0...300, using: &generator)
            let end = Bool.random(using: &generator) ? UInt64.max : UInt64.random(in: 0...300, using: &generator)
            unsafe FlattenedDeviceTree.forEachRange(in: bytes.span.bytes, from: start, to: end) { _, _ in
                Issue.record("ranges that go over the address space's end are none")
            }
        }
    }
}
