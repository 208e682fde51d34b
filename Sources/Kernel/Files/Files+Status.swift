import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

// What is known of files, asked and changed.
extension Files {
    /// What is known of the file at a path's end.
    ///
    /// - Parameter status: As a new one is.
    public static func status(
        _ base: PathBase, _ path: PathArgument, follows: Bool, _ status: inout FileStatus
    ) throws(Errno) {
        var known = InodeStatus(.none)
        let node: Node
        let quick = try atShort(base, path) { (files, path, start) throws(Errno) in
            try files.quickStatus(&path, from: start, &known)
        }
        if let quick {
            node = quick
        } else {
            node = try find(base, path, follows: follows)
            known = try KernelFiles().status(of: node)
        }
        status.fill(known, node)
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
