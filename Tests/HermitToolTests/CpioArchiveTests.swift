import Testing

@testable import HermitTool

/// cpio's format "newc".
struct CpioArchiveTests {
    /// The words of a header, in the format's order.
    private func header(
        number: UInt32, mode: UInt32, size: UInt32 = 0, major: UInt32 = 0, minor: UInt32 = 0,
        nameSize: UInt32
    ) -> String {
        let words = [number, mode, 0, 0, 1, 0, size, 0, 0, major, minor, nameSize, 0]
        return "070701" + words.map { hexadecimal($0) }.joined()
    }

    private func hexadecimal(_ word: UInt32) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private let trailerName = "TRAILER!!!\0"

    @Test func entriesAreFilledUpToFourBytes() {
        var archive = CpioArchive()
        archive.add(program: "init", contents: Array("abc".utf8))
        archive.add(program: "four", contents: Array("abcd".utf8))
        archive.add(program: "toolong", contents: [])
        archive.finish()
        // 110 bytes of header and 5 of name, then 3 bytes; 8 of name; 11 of the trailer's.
        let expected =
            header(number: 1, mode: 0x81ED, size: 3, nameSize: 5) + "init\0\0" + "abc\0"
            + header(number: 2, mode: 0x81ED, size: 4, nameSize: 5) + "four\0\0" + "abcd"
            + header(number: 3, mode: 0x81ED, nameSize: 8) + "toolong\0" + "\0\0"
            + header(number: 0, mode: 0, nameSize: 11) + trailerName + "\0\0\0"
        #expect(String(decoding: archive.bytes, as: UTF8.self) == expected)
        #expect(archive.bytes.count % 4 == 0)
    }

    @Test func foldersAndDevicesHaveTheirKinds() {
        var archive = CpioArchive()
        archive.add(folder: "dev")
        archive.add(device: "dev/console", major: 5, minor: 1)
        archive.finish()
        let expected =
            header(number: 1, mode: 0x41ED, nameSize: 4) + "dev\0" + "\0\0"
            + header(number: 2, mode: 0x2180, major: 5, minor: 1, nameSize: 12) + "dev/console\0"
            + "\0\0"
            + header(number: 0, mode: 0, nameSize: 11) + trailerName + "\0\0\0"
        #expect(String(decoding: archive.bytes, as: UTF8.self) == expected)
    }
}
