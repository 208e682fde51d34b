import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

// What is known of files, asked and changed.
extension Files {
    public static func status(
        _ base: PathBase, _ path: PathArgument, follows: Bool
    ) throws(Errno) -> FileStatus {
        let (known, node) = try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.status(&text, count: count, from: start, follows: follows)
        }
        return FileStatus(known, node)
    }

    public static func access(
        _ base: PathBase, _ path: PathArgument, read: Bool, write: Bool, execute: Bool, follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().access(node, read: read, write: write, execute: execute)
    }

    public static func setMode(
        _ base: PathBase, _ path: PathArgument, _ mode: UInt32, follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().setMode(FileMode(mode), of: node)
    }

    public static func setMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
        let node = try with(descriptor, wrongKind: .invalidArgument) { (_, _, file) throws(Errno) in file.node }
        try KernelFiles().setMode(FileMode(mode), of: node)
    }

    /// Sets the owner; `nil` stays.
    public static func setOwner(
        _ base: PathBase, _ path: PathArgument, user: UInt32?, group: UInt32?, follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().setOwner(user: user, group: group, of: node)
    }

    public static func setOwner(
        _ descriptor: Int32, user: UInt32?, group: UInt32?
    ) throws(Errno) {
        let node = try with(descriptor, wrongKind: .invalidArgument) { (_, _, file) throws(Errno) in file.node }
        try KernelFiles().setOwner(user: user, group: group, of: node)
    }

    public static func setTimes(
        _ base: PathBase, _ path: PathArgument, access: TimeChange, modification: TimeChange,
        follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().setTimes(access: access, modification: modification, of: node)
    }

    public static func setTimes(
        _ descriptor: Int32, access: TimeChange, modification: TimeChange
    ) throws(Errno) {
        let node = try with(descriptor, wrongKind: .invalidArgument) { (_, _, file) throws(Errno) in file.node }
        try KernelFiles().setTimes(access: access, modification: modification, of: node)
    }

    public static func systemStatus(_ path: PathArgument) throws(Errno) -> (SystemStatus, UInt64) {
        let node = try find(.workingDirectory, path, follows: true)
        return (try KernelFiles().systemStatus(of: node), UInt64(node.system.rawValue) + 1)
    }

    public static func systemStatus(_ descriptor: Int32) throws(Errno) -> (SystemStatus, UInt64) {
        let node = try with(descriptor, wrongKind: .noFunction) { (_, _, file) throws(Errno) in file.node }
        return (try KernelFiles().systemStatus(of: node), UInt64(node.system.rawValue) + 1)
    }

    /// Whether a descriptor is `/dev/zero`'s.
    public static func isZeroDevice(_ descriptor: Int32) -> Bool {
        let node = try? with(descriptor) { (_, _, file) throws(Errno) in file.node }
        guard let node, node.kind == .characterDevice, let files = try? KernelFiles() else { return false }
        return (try? files.status(of: node))?.device == 1 << 8 | 5
    }
}
