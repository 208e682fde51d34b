import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

// Names that are made, changed and removed.
extension Files {
    public static func makeDirectory(
        _ base: PathBase, _ path: PathArgument, mode: UInt32
    ) throws(Errno) {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.makeDirectory(&text, count: count, from: start, mode: files.mode(mode))
        }
    }

    /// Makes a file, FIFO or socket's name or a device's.
    public static func makeSpecial(
        _ base: PathBase, _ path: PathArgument, mode: UInt32, device: UInt64
    ) throws(Errno) {
        // No type is a regular file's.
        guard let kind = mode >> 12 & 0xF == 0 ? .regular : FileKind(typeBits: mode) else {
            throw .invalidArgument
        }
        _ = try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.makeSpecial(
                kind, device: device, &text, count: count, from: start, mode: files.mode(mode))
        }
    }

    public static func unlink(_ base: PathBase, _ path: PathArgument) throws(Errno) {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.unlink(&text, count: count, from: start)
        }
    }

    public static func removeDirectory(_ base: PathBase, _ path: PathArgument) throws(Errno) {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.removeDirectory(&text, count: count, from: start)
        }
    }

    public static func rename(
        _ oldBase: PathBase, _ old: PathArgument, _ newBase: PathBase, _ new: PathArgument,
        _ manner: RenameManner
    ) throws(Errno) {
        let name = try at(oldBase, old) { (files, text, count, start) throws(Errno) in
            try files.oldName(&text, count: count, from: start)
        }
        try at(newBase, new) { (files, text, count, start) throws(Errno) in
            try files.rename(name, to: &text, count: count, from: start, manner)
        }
    }

    /// - Parameter follows: A symbolic link's target gets the name, not the link.
    public static func link(
        _ oldBase: PathBase, _ old: PathArgument, _ newBase: PathBase, _ new: PathArgument,
        follows: Bool
    ) throws(Errno) {
        let node = try find(oldBase, old, follows: follows)
        try at(newBase, new) { (files, text, count, start) throws(Errno) in
            try files.link(node, &text, count: count, from: start)
        }
    }

    /// An open file gets a name.
    public static func link(
        _ descriptor: Int32, _ newBase: PathBase, _ new: PathArgument
    ) throws(Errno) {
        let node = try with(descriptor) { (_, _, file) throws(Errno) in file.node }
        try at(newBase, new) { (files, text, count, start) throws(Errno) in
            try files.link(node, &text, count: count, from: start)
        }
    }

    /// Makes a symbolic link.
    public static func makeLink(
        target: PathArgument, _ base: PathBase, _ path: PathArgument
    ) throws(Errno) {
        // The contents wait in a block of their own: two paths are too much for the stack.
        guard let block = KernelBlocks().allocate(PathArgument.size) else { throw .noMemory }
        defer { KernelBlocks().free(block) }
        let length = try target.with(try KernelFiles()) { (text, count) throws(Errno) in
            block.withMutableBytes(0..<PathArgument.size) { bytes in
                _ = bytes.copy(text.bytes, at: 0, count: UInt64(count), to: 0)
            }
            return count
        }
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try block.withBytes(0..<length) { (target) throws(Errno) in
                try files.makeLink(target: target, &text, count: count, from: start)
            }
        }
    }

    /// A symbolic link's contents, as far as they fit; how many bytes.
    ///
    /// - Throws: `EINVAL`: it is none, or there is no room at all.
    public static func target(
        _ base: PathBase, _ path: PathArgument, to buffer: ApplicationBuffer
    ) throws(Errno) -> Int {
        guard buffer.count > 0 else { throw .invalidArgument }
        let node = try find(base, path, follows: false)
        var result = 0
        try KernelFiles().target(of: node) { target in
            let count = min(target.byteCount, buffer.count)
            let written = buffer.write(target.extracting(0..<count), at: 0)
            result = written == count ? count : -1
        }
        guard result >= 0 else { throw .badAddress }
        return result
    }
}
