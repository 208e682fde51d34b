import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

// Reads and writes of few bytes that lie in one page of a file in memory, in one step:
// with the descriptors' lock, and the data's inside of it (`ObjectOperations.readShort`).

extension RegularFile {
    @inline(__always)
    static func readShort(_ object: UInt64, _ address: UInt64, _ count: Int, _ offset: Int) -> Int {
        let files = KernelFiles.existing
        let data = OpenFile[object].knownData
        let buffer = unsafe ApplicationBuffer(short: address, count: count)
        return files.withDataQuickly(data) { _ in
            let position = OpenFile[object].position
            let start = offset < 0 ? position : Int64(offset)
            let moved = data.withBytesInPage(at: start, count: count) { bytes in
                buffer.fill(bytes) ? bytes.byteCount : ObjectOperations.refused
            }
            guard let moved, moved >= 0 else { return ObjectOperations.refused }
            OpenFile[object].position = offset < 0 ? start &+ Int64(moved) : position
            if !data.isAccessKnown(at: FileClock.recent) {
                data.setAccessed(files.accessTimes) { files.now() }
            }
            return moved
        }
    }

    @inline(__always)
    static func writeShort(_ object: UInt64, _ address: UInt64, _ count: Int, _ offset: Int) -> Int {
        let files = KernelFiles.existing
        let data = OpenFile[object].knownData
        let buffer = unsafe ApplicationBuffer(short: address, count: count)
        return files.withDataQuickly(data) { store in
            let position = OpenFile[object].position
            let start = offset < 0 ? position : Int64(offset)
            var isWritten = data.withMutableBytesInPage(at: start, count: count) { bytes in
                buffer.empty(to: &bytes)
            }
            if !isWritten && count == PageTree.pageSize {
                isWritten = data.withNewPage(at: start, store) { buffer.empty(to: &$0) }
            }
            guard isWritten else { return ObjectOperations.refused }
            OpenFile[object].position = offset < 0 ? start &+ Int64(count) : position
            data.setModified(files.now())
            return count
        }
    }
}
