import Hermit

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Writing, reading, positions, sizes.
func contents() throws(Errno) {
    let file = try File("/tmp/letter", .readWrite, options: [.create, .truncate])
    try file.writeAll("Dear file,\n")
    try file.writeAll("stay as you are.\n")
    print("position \(try file.descriptor.seek(offset: 0, from: .current))")
    try file.descriptor.seek(offset: 5, from: .start)
    print("the rest: \(text(try file.readToEnd()).utf8.count) bytes")
    _ = try file.descriptor.write(toAbsoluteOffset: 5, "lion".utf8.span.bytes)
    try file.descriptor.resize(to: 10)
    print("cut: \(text(try File.contents(of: "/tmp/letter")))")
    try file.descriptor.resize(to: 1 << 40)
    let status = try file.descriptor.status()
    print("size \(status.size), memory below 64 KiB: \(status.allocatedSize < 65536)")
    try file.close()
}

/// Names, links, directories.
func names() throws(Errno) {
    try Directory.make("/tmp/folder")
    for number in 0..<100 {
        try File.write("\(number)".utf8.span.bytes, to: FilePath("/tmp/folder/\(number)"))
    }
    try File.rename("/tmp/folder/7", to: "/tmp/folder/seven")
    try File.link("/tmp/folder/8", as: "/tmp/folder/eight")
    try File.makeSymbolicLink(at: "/tmp/folder/link", to: "seven")
    var (sum, links) = (0, 0)
    for entry in try Directory.entries(of: "/tmp/folder") {
        let path = FilePath("/tmp/folder").appending(entry.name)
        if entry.type == .symbolicLink { links += 1 }
        sum += Int(text(try File.contents(of: path))) ?? 0
    }
    // 0 to 99, 7 by the link again, 8 by its other name.
    print("sum \(sum), links \(links), target \(try File.target(of: "/tmp/folder/link"))")
    print("names of 8: \(try File.status(of: "/tmp/folder/eight").linkCount)")
    var directory = try Directory("/tmp/folder")
    while let entry = try directory.next() {
        try File.remove(FilePath("/tmp/folder").appending(entry.name))
    }
    try Directory.remove("/tmp/folder")
    try Directory.setCurrent("/tmp")
    print("here: \(try Directory.current()), permissions of letter: \(try File.status(of: "letter").permissions == 0o644)")
}

/// What fails says why.
func errors() {
    func say(_ what: String, _ body: () throws(Errno) -> Void) {
        do throws(Errno) {
            try body()
            print("\(what): nothing is wrong")
        } catch {
            print("\(what): \(error)")
        }
    }
    say("no such file") { () throws(Errno) in _ = try File("/tmp/none") }
    say("a file as a directory") { () throws(Errno) in _ = try Directory("/tmp/letter") }
    say("a file that is there") { () throws(Errno) in
        _ = try File("/tmp/letter", .writeOnly, options: .exclusiveCreate)
    }
    say("a directory that is not empty") { () throws(Errno) in try Directory.remove("/tmp") }
    say("below 0") { () throws(Errno) in
        let file = try File("/tmp/letter")
        try file.descriptor.seek(offset: -1, from: .start)
    }
}

/// Paths, which need no files.
func paths() {
    let path: FilePath = "/usr//share/doc/readme.txt"
    print("\(path.components.count) parts, the last \(path.lastComponent!), of kind \(path.extension!)")
    print("\(path.removingLastComponent) \(FilePath("/a/").removingLastComponent) \(FilePath("a").appending("/b"))")
    print("\(FilePath(".profile").extension == nil) \(FilePath("/").lastComponent == nil)")
}

do throws(Errno) {
    try contents()
    try names()
    errors()
    paths()
} catch {
    print("failed: \(error)")
    exit(1)
}
