import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport
import Synchronization

/// A regular file in memory, behind a descriptor.
enum RegularFile {
    /// Bytes that are copied while the data's lock is held, and no interrupt is
    /// taken. A write that is no longer is in the file as a whole, though others
    /// append to it.
    private static let piece = 16_384

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.regular,
                read: { object, transfer in RegularFile.read(object, &Transfer[transfer], at: nil) },
                write: { object, transfer in RegularFile.write(object, &Transfer[transfer], at: nil) },
                close: { object in OpenFile.close(object) },
                closeQuickly: { object in OpenFile.closeQuickly(object) },
                status: { object, status in OpenFile.status(object, status) },
                seek: { object, offset, whence in RegularFile.seek(object, offset, whence) },
                readAt: { object, transfer, offset in
                    RegularFile.read(object, &Transfer[transfer], at: Int64(offset))
                },
                writeAt: { object, transfer, offset in
                    RegularFile.write(object, &Transfer[transfer], at: Int64(offset))
                },
                readShort: { RegularFile.readShort($0, $1, $2, $3) },
                writeShort: { RegularFile.writeShort($0, $1, $2, $3) })
        }
    }

    @inline(__always)
    private static func data(_ object: UInt64) throws(Errno) -> OpenData {
        guard let data = OpenFile[object].data else { throw .invalidArgument }
        return data
    }

    private static func read(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let files = try KernelFiles()
            let data = try data(object)
            var isFault = false
            while transfer.remaining > 0 {
                let wanted = min(transfer.remaining, piece)
                let count = try files.withData(data) { (data, store) throws(Errno) in
                    let offset = start.map { $0 + Int64(transfer.done) }
                        ?? OpenFile[object].position
                    let count = data.read(at: offset, count: wanted, store) { bytes in
                        let moved = transfer.write(bytes)
                        if moved < bytes.byteCount { isFault = true }
                        return moved
                    }
                    if start == nil { OpenFile[object].position = offset + Int64(count) }
                    return count
                }
                if isFault {
                    // A file's page in memory is not touched with a file's lock.
                    guard transfer.prepareNext(isWritten: true) else { break }
                    isFault = false
                } else if count < wanted {
                    break
                }
            }
            if transfer.done > 0 {
                data.setAccessed(files.accessTimes) { files.now() }
            } else if isFault {
                throw .badAddress
            }
            return transfer.done
        }
    }

    private static func write(_ object: UInt64, _ transfer: inout Transfer, at start: Int64?) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let files = try KernelFiles()
            let data = try data(object)
            let wasWanted = transfer.remaining
            while transfer.remaining > 0 {
                let wanted = min(transfer.remaining, piece)
                let count: Int
                do throws(Errno) {
                    count = try files.withData(data) { (data, store) throws(Errno) in
                        try write(data, object, &transfer, at: start, count: wanted, store, files)
                    }
                } catch {
                    if transfer.done > 0 { break }
                    throw error
                }
                if count < wanted && !transfer.prepareNext(isWritten: false) { break }
            }
            if transfer.done == 0 && wasWanted > 0 { throw .badAddress }
            return transfer.done
        }
    }

    /// Writes a piece, with the data's lock; how many bytes.
    @inline(__always)
    private static func write(
        _ data: OpenData, _ object: UInt64, _ transfer: inout Transfer, at start: Int64?, count: Int,
        _ store: borrowing FileStore<KernelBlocks>, _ files: KernelFiles
    ) throws(Errno) -> Int {
        let offset = start.map { $0 + Int64(transfer.done) } ?? OpenFile[object].position
        let (written, end) = try data.write(
            at: transfer.appends ? nil : offset, count: count, store, now: { files.now() }
        ) { bytes in
            transfer.read(to: &bytes)
        }
        if start == nil { OpenFile[object].position = end }
        return written
    }

    private static func seek(_ object: UInt64, _ offset: Int, _ whence: Int32) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let files = try KernelFiles()
            return try files.withData(try data(object)) { (data, _) throws(Errno) in
                let position = try OpenFile.position(
                    offset, whence, current: OpenFile[object].position,
                    size: { data.size },
                    data: { (offset, isData) throws(Errno) in try data.seek(offset, data: isData) })
                OpenFile[object].position = position
                return Int(position)
            }
        }
    }
}
