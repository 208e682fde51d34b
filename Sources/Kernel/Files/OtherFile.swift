import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport
import Synchronization

/// A directory, or a file of a mounted file system, behind a descriptor.
enum OtherFile {
    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.regular,
                read: { object, transfer in OtherFile.read(object, &Transfer[transfer], at: nil) },
                write: { object, transfer in OtherFile.write(object, &Transfer[transfer], at: nil) },
                close: { object in
                    TextCopy.drop(object)
                    return OpenFile.close(object)
                },
                status: { object, status in OpenFile.status(object, status) },
                seek: { object, offset, whence in OtherFile.seek(object, offset, whence) },
                readAt: { object, transfer, offset in
                    OtherFile.read(object, &Transfer[transfer], at: Int64(offset))
                },
                writeAt: { object, transfer, offset in
                    OtherFile.write(object, &Transfer[transfer], at: Int64(offset))
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
                if system.hasLines(node.inode) {
                    return try LineText.read(object, system, &transfer, at: start, files)
                }
                return try TextCopy.read(object, system, &transfer, at: start, files)
            }
        }
        return OpenFile.outcome { () throws(Errno) in
            let (system, offset) = try place(object, start)
            var isFault = false
            let before = transfer.done
            while transfer.remaining > 0 {
                let done = transfer.done - before
                let wanted = transfer.remaining
                do throws(Errno) {
                    _ = try system.read(node.inode, at: offset + Int64(done), count: wanted) { bytes in
                        let moved = transfer.write(bytes)
                        if moved < bytes.byteCount { isFault = true }
                        return moved
                    }
                } catch {
                    if done == 0 { throw error }
                }
                guard isFault, transfer.prepareNext(isWritten: true) else { break }
                isFault = false
            }
            let done = transfer.done - before
            if done == 0 && isFault { throw .badAddress }
            if start == nil { OpenFile[object].position = offset + Int64(done) }
            return done
        }
    }

    private static func write(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let node = OpenFile.node(of: object)
            let (system, offset) = try place(object, start)
            var isFault = false
            var done = 0
            var end = offset
            while transfer.remaining > 0 {
                let wanted = transfer.remaining
                let taken = transfer.done
                do throws(Errno) {
                    let count: Int
                    (count, end) = try system.write(
                        node.inode, at: transfer.appends ? nil : offset + Int64(done), count: wanted
                    ) { bytes in
                        let moved = transfer.read(to: &bytes)
                        if moved < bytes.byteCount { isFault = true }
                        return moved
                    }
                    done += count
                    // What was taken and not written is not skipped.
                    if count < transfer.done - taken { break }
                } catch {
                    if done > 0 { break }
                    throw error
                }
                guard isFault, transfer.prepareNext(isWritten: false) else { break }
                isFault = false
            }
            if done == 0 && isFault { throw .badAddress }
            if start == nil { OpenFile[object].position = end }
            if OpenFile[object].lasts, done > 0 { try system.synchronise(node.inode) }
            return done
        }
    }

    /// What a file is on, and where a read or write of it starts.
    private static func place(
        _ object: UInt64, _ start: Int64?
    ) throws(Errno) -> (any MountedSystem, Int64) {
        let (node, position) = (OpenFile[object].node, OpenFile[object].position)
        return (try system(node, try KernelFiles()), start ?? position)
    }

    private static func seek(_ object: UInt64, _ offset: Int, _ whence: Int32) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let files = try KernelFiles()
            let node = OpenFile[object].node
            let position = try OpenFile.position(
                offset, whence, current: OpenFile[object].position,
                size: { () throws(Errno) in try files.status(of: node).size },
                data: { (offset, isData) throws(Errno) in
                    try system(node, files).seek(node.inode, offset, data: isData)
                })
            OpenFile[object].position = position
            return Int(position)
        }
    }
}
