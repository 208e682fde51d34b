import KernelFileSystem
import KernelSupport
import Testing

/// Reading and writing in one step what lies in one page.
struct ShortTests {
    private func openFile(_ files: TestFiles) throws(Errno) -> OpenData {
        let new = NewFile(mode: FileMode(0o600), now: files.now())
        return try files.withNames { (names, store) throws(Errno) in
            try names.ram.openUnnamed(in: names.ram.root, mayBeNamed: false, new, store).data
        }
    }

    private func writeInPage(
        _ files: TestFiles, _ data: OpenData, at offset: Int64, count: Int, succeeds: Bool = true
    ) throws(Errno) -> Bool {
        try files.withData(data) { (data, _) in
            data.withMutableBytesInPage(at: offset, count: count) { bytes in
                for index in 0..<bytes.byteCount { _ = bytes.store(UInt8(0xAB), at: UInt64(index)) }
                return succeeds
            }
        }
    }

    /// No file is longer than 2^63 - 1 bytes.
    @Test func nothingGoesBehindTheLastByte() throws {
        let files = TestFiles()
        let data = try openFile(files)
        let last = Int64.max - 9
        #expect(try files.write(data, at: last, [1]) == 1)
        #expect(try !writeInPage(files, data, at: last + 1, count: 9))
        #expect(data.size == last + 1)
        #expect(try writeInPage(files, data, at: last + 1, count: 8))
        #expect(data.size == Int64.max)
    }

    /// What could not be copied as a whole leaves zeros behind the file's end, and what follows
    /// may still be done in one step.
    @Test func aCopyThatFailsLeavesNothingBehindTheEnd() throws {
        let files = TestFiles()
        let data = try openFile(files)
        #expect(try files.write(data, at: 0, [UInt8](repeating: 7, count: 100)) == 100)
        #expect(try !writeInPage(files, data, at: 80, count: 200, succeeds: false))
        #expect(data.size == 100)
        try files.truncate(data, to: 400)
        #expect(try files.read(data, at: 100, count: 300) == [UInt8](repeating: 0, count: 300))
        #expect(try writeInPage(files, data, at: 10, count: 20))
    }
}
