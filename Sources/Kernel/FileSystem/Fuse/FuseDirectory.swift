import KernelSupport

/// Entries of a directory, as a server sends them (`fuse_dirent`): the file's number, the
/// position behind it, the name's length, the kind, and the name, filled up to eight bytes.
struct FuseDirectory {
    private static let headerSize: UInt64 = 24

    /// Runs `body` with the entries in order, until it takes one no more.
    ///
    /// - Parameters:
    ///   - bytes: What the server has sent.
    ///   - position: What was asked for.
    /// - Returns: The last entry's position; `nil`: `body` has not taken one.
    /// - Throws: `EIO`: an entry is cut off, its name can't be one, or it leads to where
    ///   it was asked for, so that who follows it never comes to an end. Entries in front
    ///   of it were taken.
    static func read(
        _ bytes: RawSpan, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) -> UInt64? {
        var offset: UInt64 = 0
        var last = position
        while offset < UInt64(bytes.byteCount) {
            guard let words: InlineArray<3, UInt64> = bytes.words(at: offset) else { throw .inputOutputError }
            let count = words[2] & 0xFFFF_FFFF
            guard bytes.contains(offset: offset + headerSize, count: count) else { throw .inputOutputError }
            let start = Int(offset + headerSize)
            let name = bytes.extracting(start..<start + Int(count))
            guard isName(name), words[1] != position, words[1] != last, words[1] <= UInt64(Int64.max) else {
                throw .inputOutputError
            }
            let kind = FileKind(rawValue: UInt8(truncatingIfNeeded: words[2] >> 32))
            guard body(DirectoryEntryStatus(number: words[0], kind: kind, next: words[1]), name) else { return nil }
            last = words[1]
            offset = (offset + headerSize + count + 7) & ~7
        }
        return last
    }

    /// A name, or one of the dots.
    private static func isName(_ bytes: RawSpan) -> Bool {
        bytes.isDot || bytes.isDotDot || FileName(bytes) != nil
    }
}
