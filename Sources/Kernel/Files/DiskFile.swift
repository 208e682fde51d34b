import KernelDescriptors
import KernelDisk
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport
import KernelVirtio
import Synchronization

/// A disk behind a descriptor: `/dev/vda` and on. As a block device of Linux's has it,
/// `fstat` says nothing of its size; seeking to the end does.
enum DiskFile {
    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.block,
                read: { object, transfer in DiskFile.read(object, &Transfer[transfer], at: nil) },
                write: { object, transfer in DiskFile.write(object, &Transfer[transfer], at: nil) },
                close: { object in OpenFile.close(object) },
                status: { object, status in OpenFile.status(object, status) },
                control: { object, request, argument in DiskFile.control(object, request, argument) },
                seek: { object, offset, whence in DiskFile.seek(object, offset, whence) },
                readAt: { object, transfer, offset in
                    DiskFile.read(object, &Transfer[transfer], at: Int64(offset))
                },
                writeAt: { object, transfer, offset in
                    DiskFile.write(object, &Transfer[transfer], at: Int64(offset))
                })
        }
    }

    /// Opens the disk that a file stands for, which the caller has opened in its file system.
    ///
    /// - Throws: `EROFS`: it is for writing, and can only be read; `ENXIO`: it is gone.
    static func open(
        _ number: Int, _ opened: OpenedFile, _ access: OpenFlags, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        guard let disk = Disks.disk(number) else { throw .noSuchAddressOrDevice }
        guard !access.contains(.write) || !disk.limits.isReadOnly else { throw .readOnlyFileSystem }
        let object = try OpenFile.make(opened.node, nil)
        OpenFile[object].disk = Int8(number)
        OpenFile[object].isWritable = access.contains(.write)
        OpenFile[object].lasts = access.contains(.dataLasts)
        do throws(Errno) {
            return try Descriptors.open(
                kind, object: object, flags: access, isObserved: false, closesOnExec: closesOnExec)
        } catch {
            OpenFile.free(object, try KernelFiles())
            throw error
        }
    }

    /// - Throws: `ENXIO`.
    static func disk(_ file: OpenFile) throws(Errno) -> Disk {
        guard let disk = Disks.disk(Int(file.disk)) else { throw .noSuchAddressOrDevice }
        return disk
    }

    private static func read(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let disk = try disk(OpenFile[object])
            let offset = start ?? OpenFile[object].position
            let count = try disk.read(at: UInt64(offset), &transfer)
            if start == nil { OpenFile[object].position = offset + Int64(count) }
            return count
        }
    }

    private static func write(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let disk = try disk(OpenFile[object])
            let offset =
                transfer.appends ? Int64(disk.limits.size)
                : start ?? OpenFile[object].position
            let count = try disk.write(at: UInt64(offset), &transfer)
            if OpenFile[object].lasts { try disk.flush() }
            if start == nil { OpenFile[object].position = offset + Int64(count) }
            return count
        }
    }

    private static func seek(_ object: UInt64, _ offset: Int, _ whence: Int32) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let size = Int64(try disk(OpenFile[object]).limits.size)
            let position = try OpenFile.position(
                offset, whence, current: OpenFile[object].position, size: { size },
                // It has no holes.
                data: { (offset, isData) throws(Errno) in
                    guard offset >= 0, offset < size else { throw .noSuchAddressOrDevice }
                    return isData ? offset : size
                })
            OpenFile[object].position = position
            return Int(position)
        }
    }

    // MARK: - ioctl

    /// Linux's numbers (linux/fs.h).
    private enum Request {
        /// BLKROGET, BLKFLSBUF, BLKSSZGET, BLKDISCARD, BLKGETSIZE64.
        static let isReadOnly: UInt32 = 0x125E
        static let flush: UInt32 = 0x1261
        static let blockSize: UInt32 = 0x1268
        static let discard: UInt32 = 0x1277
        static let size: UInt32 = 0x8008_1272
    }

    private static func control(_ object: UInt64, _ request: UInt32, _ argument: UInt64) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let file = OpenFile[object]
            let disk = try disk(file)
            switch request {
            case Request.isReadOnly: try buffer(argument, 4).store(Int32(disk.limits.isReadOnly ? 1 : 0))
            case Request.blockSize: try buffer(argument, 4).store(Int32(disk.limits.blockSize))
            case Request.size: try buffer(argument, 8).store(disk.limits.size)
            case Request.flush: try disk.flush()
            case Request.discard:
                guard file.isWritable else { throw .badFileDescriptor }
                var range: (UInt64, UInt64) = (0, 0)
                try buffer(argument, 16).load(into: &range)
                try disk.discard(range.0, count: range.1)
            default: throw .inappropriateIOControl
            }
            return 0
        }
    }

    private static func buffer(_ address: UInt64, _ count: Int) throws(Errno) -> ApplicationBuffer {
        try ApplicationBuffer(at: address, count: count)
    }

    // MARK: - Names

    /// What `/dev` has of a disk: Linux's virtio disks are 16 numbers apart, for partitions.
    static func contents(_ number: Int) -> SyntheticFile.Contents {
        .disk(
            number: number, device: UInt64(254 << 8 | number * 16), isThere: { Disks.disk(number) != nil })
    }
}
