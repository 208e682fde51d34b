import KernelDescriptors
import KernelDisk
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

// How long files are, and what of them has memory.
extension Files {
    public static func truncate(_ path: PathArgument, to size: Int64) throws(Errno) {
        guard size >= 0 else { throw .invalidArgument }
        let node = try find(.workingDirectory, path, follows: true)
        try KernelFiles().truncate(node, to: size)
    }

    /// - Throws: `EINVAL`: it is not open for writing, or no regular file.
    public static func truncate(_ descriptor: Int32, to size: Int64) throws(Errno) {
        guard size >= 0 else {
            _ = try Descriptors.flags(descriptor)
            throw .invalidArgument
        }
        try with(descriptor, wrongKind: .invalidArgument) { (flags, _, file) throws(Errno) in
            guard flags.contains(.write), file.node.kind == .regular else { throw .invalidArgument }
            let files = try KernelFiles()
            guard let data = file.data else { return try files.truncate(file.node, to: size) }
            try files.truncate(data, to: size)
        }
    }

    /// Makes pages be there.
    ///
    /// - Throws: `EBADF`: it is not open for writing; `ENODEV`, `ESPIPE`: no regular file.
    public static func reserve(_ descriptor: Int32, _ offset: Int64, count: Int64) throws(Errno) {
        try with(descriptor, wrongKind: .illegalSeek) { (flags, _, file) throws(Errno) in
            guard flags.contains(.write) else { throw .badFileDescriptor }
            let files = try KernelFiles()
            guard let data = file.data else {
                guard file.node.system != .ram, file.node.kind == .regular else {
                    throw .operationNotSupportedByDevice
                }
                guard offset >= 0, count > 0 else { throw .invalidArgument }
                guard count <= Int64.max - offset else { throw .fileTooLarge }
                return try files.system(file.node.system).reserve(file.node.inode, offset, count: count)
            }
            guard offset >= 0, count > 0 else { throw .invalidArgument }
            guard count <= OpenData.maximumSize - offset else { throw .fileTooLarge }
            var done: Int64 = 0
            // So many at a time, that nobody waits long for the file.
            while done < count {
                let part = min(count - done, 64 * 4096)
                try files.withData(data) { (data, store) throws(Errno) in
                    try data.reserve(offset + done, count: part, store, now: files.now())
                }
                done += part
            }
        }
    }

    /// What is written lasts: on a disk for ever, in memory as long as anything does.
    ///
    /// - Throws: `EBADF`; `EINVAL`: there is nothing to be written back; `EIO`.
    public static func synchronise(_ descriptor: Int32) throws(Errno) {
        try with(descriptor, wrongKind: .invalidArgument) { (_, _, file) throws(Errno) in
            if file.disk >= 0 { return try DiskFile.disk(file).flush() }
            if file.node.system != .ram {
                try KernelFiles().system(file.node.system).synchronise(file.node.inode)
            }
        }
    }

    /// The same of all that was written; what fails is told when a file of it is synchronised.
    public static func synchroniseAll() {
        // A program that has used no path has written to none.
        if let files = FilesState.known { files.synchroniseAll() }
        Disks.flushAll()
    }
}
