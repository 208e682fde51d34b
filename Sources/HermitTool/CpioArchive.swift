/// An archive in cpio's format "newc", as Linux unpacks it into its first
/// file system (Documentation/driver-api/early-userspace/buffer-format.rst).
struct CpioArchive {
    private(set) var bytes: [UInt8] = []
    private var count: UInt32 = 0

    private static let magic = "070701"
    /// The name of the entry that ends an archive.
    private static let trailer = "TRAILER!!!"

    /// The kinds of files, as `stat` has them in a mode.
    private enum Kind: UInt32 {
        case folder = 0o040000
        case file = 0o100000
        case characterDevice = 0o020000
    }

    /// Adds a folder; those above it come before it.
    ///
    /// - Parameter path: Without a slash in front.
    mutating func add(folder path: String) {
        add(path, mode: Kind.folder.rawValue | 0o755, contents: [])
    }

    /// Adds a file that all may run.
    mutating func add(program path: String, contents: [UInt8]) {
        add(path, mode: Kind.file.rawValue | 0o755, contents: contents)
    }

    /// Adds a character device's node.
    mutating func add(device path: String, major: UInt32, minor: UInt32) {
        add(
            path, mode: Kind.characterDevice.rawValue | 0o600, contents: [], major: major,
            minor: minor)
    }

    /// Ends the archive; nothing can be added behind it.
    mutating func finish() { add(Self.trailer, mode: 0, contents: []) }

    /// One entry: a header of hexadecimal words, the name with a zero behind
    /// it, the contents. Name and contents are each filled up to a multiple
    /// of four bytes of the archive.
    private mutating func add(
        _ name: String, mode: UInt32, contents: [UInt8], major: UInt32 = 0, minor: UInt32 = 0
    ) {
        precondition(contents.count <= UInt32.max)
        count += 1
        let isTrailer = name == Self.trailer
        let fields: [UInt32] = [
            isTrailer ? 0 : count,  // The file's number.
            mode, 0, 0,  // Owner and group: root.
            1,  // Links.
            0,  // Time of the last change.
            UInt32(contents.count), 0, 0,  // The device that the file is on.
            major, minor, UInt32(name.utf8.count + 1), 0,  // No sum.
        ]
        bytes += Array(Self.magic.utf8)
        for field in fields {
            let digits = String(field, radix: 16)
            bytes += Array((String(repeating: "0", count: 8 - digits.count) + digits).utf8)
        }
        bytes += Array(name.utf8) + [0]
        fill()
        bytes += contents
        fill()
    }

    private mutating func fill() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}
