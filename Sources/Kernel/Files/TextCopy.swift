import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// What a file held when it was read from its start, whose contents are made when it is
/// read: reads go on in it until the next one from the start, so that lines are whole.
///
/// It belongs to an open file, and to everybody who reads in it, and goes with the last
/// of them. The names' lock guards its count of owners, and the open file's word of it.
@safe struct TextCopy {
    private struct Header {
        var owners: Int
        var count: Int
    }

    private static let headerSize = 16
    private static let firstSize = 4096

    private let place: UnsafeMutablePointer<Header>

    private var address: UInt { unsafe UInt(bitPattern: place) }
    private var count: Int { unsafe place.pointee.count }

    private init?(_ address: UInt) {
        guard let place = unsafe UnsafeMutablePointer<Header>(bitPattern: address) else { return nil }
        unsafe self.place = unsafe place
    }

    // MARK: - Reading

    /// Reads from a place, or where the open file is.
    ///
    /// - Throws: `ENOMEM`; `EFAULT`.
    static func read(
        _ object: UInt64, _ system: any MountedSystem, _ transfer: inout Transfer, at start: Int64?,
        _ files: KernelFiles
    ) throws(Errno) -> Int {
        let offset = Int(start ?? OpenFile[object].position)
        var known = offset == 0 ? nil : share(object, files)
        if known == nil { known = try make(object, system, files) }
        guard let copy = known else { return 0 }
        defer { copy.release(files) }
        let size = min(copy.count - min(offset, copy.count), transfer.remaining)
        guard size > 0 else { return 0 }
        let moved = unsafe transfer.write(
            UnsafeRawBufferPointer(
                start: UnsafeRawPointer(copy.place) + Self.headerSize + offset, count: size))
        if moved == 0 { throw .badAddress }
        if start == nil { OpenFile[object].position = Int64(offset + moved) }
        return moved
    }

    // MARK: - Owners

    /// The open file's, as one more owner.
    private static func share(_ object: UInt64, _ files: KernelFiles) -> TextCopy? {
        try? files.withNames { (_, _) in
            guard let copy = TextCopy(OpenFile[object].text) else { return nil }
            unsafe copy.place.pointee.owners += 1
            return copy
        }
    }

    private func release(_ files: KernelFiles) {
        let isLast = try? files.withNames { (_, _) in
            unsafe place.pointee.owners -= 1
            return unsafe place.pointee.owners == 0
        }
        if isLast == true { unsafe kernelHeapDeallocate(place) }
    }

    /// Makes a text, which is the open file's and the caller's.
    private static func make(
        _ object: UInt64, _ system: any MountedSystem, _ files: KernelFiles
    ) throws(Errno) -> TextCopy? {
        let inode = OpenFile.node(of: object).inode
        var size = firstSize
        while true {
            guard let block = unsafe kernelHeapAllocate(headerSize + size, 16) else { throw .noMemory }
            var count = 0
            do throws(Errno) {
                var bytes = unsafe UnsafeMutableRawBufferPointer(
                    start: block + headerSize, count: size
                ).mutableBytes
                count = try system.read(inode, at: 0, to: &bytes)
            } catch {
                unsafe kernelHeapDeallocate(block)
                throw error
            }
            if count < size {
                unsafe block.assumingMemoryBound(to: Header.self).initialize(
                    to: Header(owners: 2, count: count))
                return set(UInt(bitPattern: block), object, files)
            }
            unsafe kernelHeapDeallocate(block)
            size *= 2
        }
    }

    private static func set(_ new: UInt, _ object: UInt64, _ files: KernelFiles) -> TextCopy? {
        let old = try? files.withNames { (_, _) in
            let old = OpenFile[object].text
            OpenFile[object].text = new
            return old
        }
        TextCopy(old ?? 0)?.release(files)
        return TextCopy(new)
    }

    /// The open file goes.
    static func drop(_ object: UInt64) {
        if LineText.drop(object) { return }
        if let files = try? KernelFiles() { _ = set(0, object, files) }
    }
}
