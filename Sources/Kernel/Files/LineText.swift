import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// How far an open file was read whose lines are made one at a time.
///
/// It belongs to the open file but while somebody reads: who reads at the same time begins anew.
/// The names' lock guards the open file's word of it, in which the lowest bit is set.
@safe enum LineText {
    private static let mark: UInt = 1

    /// Reads from a place, or where the open file is.
    ///
    /// - Throws: `ENOMEM`; `EFAULT`.
    static func read(
        _ object: UInt64, _ system: any MountedSystem, _ transfer: inout Transfer, at start: Int64?,
        _ files: KernelFiles
    ) throws(Errno) -> Int {
        guard transfer.remaining > 0 else { return 0 }
        let inode = OpenFile.node(of: object).inode
        let offset = start ?? OpenFile[object].position
        guard let reader = unsafe take(object, files) else { throw .noMemory }
        var isFault = false
        let count = transfer.remaining
        let done = unsafe reader.pointee.read(at: offset, count: count) {
            system.nextLine(of: inode, &$0, &$1)
        } take: { bytes in
            let taken = transfer.write(bytes)
            if taken < bytes.byteCount { isFault = true }
            return taken
        }
        unsafe give(reader, object, files)
        if isFault, done == 0 { throw .badAddress }
        if start == nil { OpenFile[object].position = offset + Int64(done) }
        return done
    }

    /// The open file's, which nobody else has meanwhile, or a new one.
    private static func take(_ object: UInt64, _ files: KernelFiles) -> UnsafeMutablePointer<LineReader>? {
        let known = try? files.withNames { (_, _) in
            let known = OpenFile[object].text
            OpenFile[object].text = 0
            return known
        }
        if let reader = unsafe UnsafeMutablePointer<LineReader>(bitPattern: (known ?? 0) & ~mark) {
            return unsafe reader
        }
        guard let block = unsafe kernelHeapAllocate(MemoryLayout<LineReader>.size, 16) else { return nil }
        let reader = unsafe block.assumingMemoryBound(to: LineReader.self)
        unsafe reader.initialize(to: LineReader())
        return unsafe reader
    }

    private static func give(_ reader: UnsafeMutablePointer<LineReader>, _ object: UInt64, _ files: KernelFiles) {
        let new = UInt(bitPattern: reader) | mark
        let other = try? files.withNames { (_, _) in
            let other = OpenFile[object].text
            OpenFile[object].text = new
            return other
        }
        free(other ?? 0)
    }

    private static func free(_ word: UInt) {
        guard let reader = unsafe UnsafeMutablePointer<LineReader>(bitPattern: word & ~mark) else { return }
        unsafe reader.deinitialize(count: 1)
        unsafe kernelHeapDeallocate(reader)
    }

    /// The open file goes.
    ///
    /// - Returns: `false`: it has none.
    static func drop(_ object: UInt64) -> Bool {
        let word = OpenFile[object].text
        guard word & mark != 0 else { return false }
        free(word)
        return true
    }
}
