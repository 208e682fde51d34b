import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport
import Synchronization

/// A directory, or a file of a mounted file system, behind a descriptor.
enum OtherFile {
    /// Bytes that are copied at once, on the kernel's stack.
    private static let piece = 512

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.regular,
                read: { object, transfer in unsafe OtherFile.read(object, &Transfer.at(transfer).pointee, at: nil) },
                write: { object, transfer in unsafe OtherFile.write(object, &Transfer.at(transfer).pointee, at: nil) },
                close: { object in
                    TextCopy.drop(object)
                    return OpenFile.close(object)
                },
                status: { object, status in OpenFile.status(object, status) },
                seek: { object, offset, whence in OtherFile.seek(object, offset, whence) },
                readAt: { object, transfer, offset in
                    unsafe OtherFile.read(object, &Transfer.at(transfer).pointee, at: Int64(offset))
                },
                writeAt: { object, transfer, offset in
                    unsafe OtherFile.write(object, &Transfer.at(transfer).pointee, at: Int64(offset))
                })
        }
    }

    private static func system(_ node: Node, _ files: KernelFiles) throws(Errno) -> any MountedSystem {
        guard node.kind != .directory else { throw .isDirectory }
        guard node.system != .ram else { throw .noSuchAddressOrDevice }
        return try files.system(node.system)
    }

    private static func read(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        let node = OpenFile.node(of: object)
        if node.system != .ram, let files = try? KernelFiles(),
            let system = try? system(node, files), system.isMadeWhenRead(node.inode)
        {
            return OpenFile.outcome { () throws(Errno) in
                try TextCopy.read(object, system, &transfer, at: start, files)
            }
        }
        return unsafe move(object, &transfer, at: start) { (system, node, offset, bytes, transfer) throws(Errno) in
            let size = min(bytes.count, transfer.remaining)
            var span = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<size]).mutableBytes
            let count = try system.read(node.inode, at: offset, to: &span)
            let moved = unsafe transfer.write(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            if moved < count && transfer.done == 0 { throw .badAddress }
            return (moved, moved == bytes.count)
        }
    }

    private static func write(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        unsafe move(object, &transfer, at: start) { (system, node, offset, bytes, transfer) throws(Errno) in
            let size = min(bytes.count, transfer.remaining)
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<size])
            let count = unsafe transfer.read(to: part)
            guard count > 0 else { throw .badAddress }
            let written = try unsafe system.write(
                node.inode, at: offset, from: UnsafeRawBufferPointer(rebasing: bytes[..<count]).bytes)
            return (written, written == bytes.count)
        }
    }

    /// Moves piece after piece through a buffer.
    ///
    /// - Parameter body: Moves one piece; how much, and whether there may be more.
    private static func move(
        _ object: UInt64, _ transfer: inout Transfer, at start: Int64?,
        _ body: (any MountedSystem, Node, Int64, UnsafeMutableRawBufferPointer, inout Transfer)
            throws(Errno) -> (count: Int, isMore: Bool)
    ) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let files = try KernelFiles()
            let node = unsafe OpenFile.at(object).pointee.node
            let system = try system(node, files)
            return try unsafe withUnsafeTemporaryAllocation(byteCount: piece, alignment: 16) {
                bytes throws(Errno) in
                var done = 0
                while transfer.remaining > 0 {
                    let offset = unsafe start.map { $0 + Int64(done) }
                        ?? OpenFile.at(object).pointee.position
                    do throws(Errno) {
                        let (count, isMore) = try unsafe body(system, node, offset, bytes, &transfer)
                        done += count
                        if start == nil {
                            unsafe OpenFile.at(object).pointee.position = offset + Int64(count)
                        }
                        if !isMore { break }
                    } catch {
                        if done > 0 { break }
                        throw error
                    }
                }
                return done
            }
        }
    }

    private static func seek(_ object: UInt64, _ offset: Int, _ whence: Int32) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let files = try KernelFiles()
            let node = unsafe OpenFile.at(object).pointee.node
            let position = try OpenFile.position(
                offset, whence, current: unsafe OpenFile.at(object).pointee.position,
                size: { () throws(Errno) in try files.status(of: node).size },
                data: { (_, _) throws(Errno) in throw .invalidArgument })
            unsafe OpenFile.at(object).pointee.position = position
            return Int(position)
        }
    }
}
