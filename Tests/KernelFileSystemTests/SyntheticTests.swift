import KernelFileSystem
import KernelSupport
import Testing

@Suite struct SyntheticTests {
    private func mounted() throws -> (files: TestFiles, devices: SyntheticSystem) {
        let files = TestFiles()
        let open: [UInt32] = [0, 1, 2, 7]
        let devices = SyntheticSystem(
            [
                SyntheticFile("null", .device(.null)), SyntheticFile("zero", .device(.zero)),
                SyntheticFile("full", .device(.full)),
                SyntheticFile("fd", .descriptors(next: { lowest in open.first { $0 >= lowest } })),
                SyntheticFile("self", .directory),
                SyntheticFile("version", in: 5, .text({ $0.append("version "); $0.append(12, width: 4) })),
                SyntheticFile("exe", in: 5, .link({ $0.append("/bin/program") })),
            ], number: SyntheticSystem.deviceNumber, now: FileTime(nanosecondsSinceEpoch: 1))
        try files.mount(devices, on: files.makeDirectory("/dev"))
        return (files, devices)
    }

    private func read(_ system: SyntheticSystem, _ node: Node, at offset: Int64, count: Int) throws(Errno) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        var span = buffer.mutableBytes
        let read = try system.read(node.inode, at: offset, to: &span)
        return Array(buffer[..<read])
    }

    @Test func mountsAreCrossedBothWays() throws {
        let (files, devices) = try mounted()
        let dev = try files.find("/dev")
        #expect(dev.inode == devices.root && dev.system != .ram)
        #expect(try files.find("/dev/..") == files.root)
        #expect(try files.find("/dev/self/../../dev/.") == dev)
        #expect(try files.path(of: files.find("/dev/self")) == "/dev/self")
        #expect(try files.path(of: dev) == "/dev")
        #expect(number { () throws(Errno) in try files.removeDirectory("/dev") } == 16)
        #expect(number { () throws(Errno) in try files.rename("/dev", "/d") } == 16)
        #expect(number { () throws(Errno) in try files.makeDirectory("/dev/x") } == 30)
        #expect(number { () throws(Errno) in _ = try files.open("/dev/x") } == 30)
        #expect(number { () throws(Errno) in try files.unlink("/dev/null") } == 30)
        #expect(number { () throws(Errno) in try files.rename("/dev/null", "/x") } == 18)
        #expect(number { () throws(Errno) in try files.link("/dev/null", "/x") } == 18)
        #expect(number { () throws(Errno) in try files.mount(devices, on: files.find("/dev")) } == 16)
        #expect(number { () throws(Errno) in try files.mount(devices, on: files.root) } == 16)
    }

    @Test func entriesAndStatus() throws {
        let (files, _) = try mounted()
        #expect(try files.names(files.find("/dev")).map(\.name) == [".", "..", "null", "zero", "full", "fd", "self"])
        #expect(try files.names(files.find("/dev/fd")).map(\.name) == [".", "..", "0", "1", "2", "7"])
        #expect(try files.names(files.find("/dev/self"), from: 9).map(\.name) == ["exe"])
        #expect(try files.status(of: files.find("/dev")).linkCount == 4)
        #expect(try files.status(of: files.find("/dev/null")).device == 0x103)
        #expect(number { () throws(Errno) in _ = try files.find("/dev/fd/3") } == 2)
        #expect(number { () throws(Errno) in _ = try files.find("/dev/fd/07") } == 2)
        #expect(number { () throws(Errno) in _ = try files.find("/dev/fd/x") } == 2)
        #expect(number { () throws(Errno) in _ = try files.find("/dev/fd/99999999999") } == 2)
        #expect(number { () throws(Errno) in _ = try files.find("/dev/null/x") } == 20)
        #expect(number { () throws(Errno) in _ = try files.open("/dev/self", [.write]) } == 21)
    }

    @Test func contents() throws {
        let (files, devices) = try mounted()
        let text = Array("version   12".utf8)
        let version = try files.find("/dev/self/version")
        for offset in 0...13 {
            let expected = Array(text.dropFirst(offset).prefix(5))
            #expect(try read(devices, version, at: Int64(offset), count: 5) == expected)
        }
        #expect(try read(devices, files.find("/dev/zero"), at: 0, count: 3) == [0, 0, 0])
        #expect(try read(devices, files.find("/dev/null"), at: 0, count: 3) == [])
        let one: [UInt8] = [1]
        #expect(try devices.write(files.find("/dev/null").inode, at: 0, from: one.span.bytes) == 1)
        #expect(number { () throws(Errno) in _ = try devices.write(files.find("/dev/full").inode, at: 0, from: one.span.bytes) } == 28)
        #expect(try devices.descriptor(of: files.find("/dev/fd/7").inode) == 7)
        #expect(try devices.descriptor(of: files.find("/dev/null").inode) == nil)
        var target: [UInt8] = []
        try files.target(of: files.find("/dev/self/exe", follows: false)) { text in
            text.withUnsafeBytes { target += $0 }
        }
        #expect(target == Array("/bin/program".utf8))
        // The link leads on, to nothing.
        #expect(number { () throws(Errno) in _ = try files.find("/dev/self/exe") } == 2)
    }
}
