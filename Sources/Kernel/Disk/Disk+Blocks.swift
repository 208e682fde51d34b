import KernelStreams
import KernelSupport
import KernelVirtio

// What a file system does with a disk: whole blocks, from and to memory of its own.
extension Disk {
    /// What pieces are multiples of, where the device takes so much at once.
    private static let unit = 4096

    private var pieceSize: Int { max(limits.pieceSize & ~(Self.unit - 1), limits.blockSize) }

    /// Reads whole blocks.
    ///
    /// - Parameters:
    ///   - range: By the bytes' places; its length is a multiple of a block's.
    ///   - body: Gets what was read, in order, and its place behind the range's start; pieces are
    ///     multiples of 4 KiB, but for the last.
    /// - Throws: `EIO`: it can't be read, or is not on the disk.
    public func readBlocks(_ range: Range<UInt64>, _ body: (RawSpan, Int) -> Void) throws(Errno) {
        try check(range)
        var place = range.lowerBound
        while place < range.upperBound {
            let piece = place..<min(place + UInt64(pieceSize), range.upperBound)
            let buffer = try run(try take(), .read(piece))
            buffer.data.withBytes(0..<piece.count) { body($0, Int(place - range.lowerBound)) }
            give(buffer)
            place = piece.upperBound
        }
    }

    /// Writes whole blocks. Before a flush they may not last.
    ///
    /// - Parameter body: Fills pieces, in order, all of each; as with reading.
    /// - Throws: `EIO`: it can't be written, or is not on the disk; `EROFS`.
    public func writeBlocks(_ range: Range<UInt64>, _ body: (inout MutableRawSpan, Int) -> Void) throws(Errno) {
        guard !limits.isReadOnly else { throw .readOnlyFileSystem }
        try check(range)
        var place = range.lowerBound
        while place < range.upperBound {
            let piece = place..<min(place + UInt64(pieceSize), range.upperBound)
            var buffer = try take(toWrite: piece)
            buffer.data.withMutableBytes(0..<piece.count) { body(&$0, Int(place - range.lowerBound)) }
            give(try run(buffer, .write(piece)))
            place = piece.upperBound
        }
    }

    private func check(_ range: Range<UInt64>) throws(Errno) {
        let mask = UInt64(limits.blockSize - 1)
        guard range.upperBound <= limits.size, (range.lowerBound | range.upperBound) & mask == 0 else {
            throw .inputOutputError
        }
    }
}
