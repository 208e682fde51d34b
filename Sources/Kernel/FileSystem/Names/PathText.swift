import KernelSupport

/// A path on its way, in a buffer of `PathText.capacity` bytes: what is left of
/// it, in front of which a symbolic link's contents take the place of its name.
struct PathText {
    /// `PATH_MAX`.
    static var capacity: Int { 4096 }

    /// What is left.
    private(set) var rest: Range<Int>

    /// - Parameter count: The path's length; it is at the buffer's start.
    init(count: Int) { rest = 0..<count }

    /// A path elsewhere, which no link's contents are put into.
    init(range: Range<Int>) { rest = range }

    /// A part of the path between slashes.
    struct Part {
        /// Where it is in the buffer.
        var range: Range<Int>
        /// Nothing follows but slashes.
        var isLast: Bool
        /// At least one slash follows.
        var hasSlash: Bool
    }

    /// Takes slashes from the front; whether there were any.
    mutating func skipSlashes(_ text: RawSpan) -> Bool {
        let start = rest.lowerBound
        var next = start
        while next < rest.upperBound, text[next] == UInt8(ascii: "/") { next += 1 }
        rest = next..<rest.upperBound
        return next > start
    }

    /// Takes the next part; `nil` where none is left.
    mutating func next(_ text: RawSpan) -> Part? {
        _ = skipSlashes(text)
        guard !rest.isEmpty else { return nil }
        var end = rest.lowerBound
        while end < rest.upperBound, text[end] != UInt8(ascii: "/") { end += 1 }
        let range = rest.lowerBound..<end
        rest = end..<rest.upperBound
        var behind = self
        let hasSlash = behind.skipSlashes(text)
        return Part(range: range, isLast: behind.rest.isEmpty, hasSlash: hasSlash)
    }

    /// Puts `target` in front of what is left.
    ///
    /// - Throws: `ENAMETOOLONG`.
    mutating func prepend(_ target: RawSpan, _ buffer: inout MutableRawSpan) throws(Errno) {
        let capacity = buffer.byteCount
        let left = rest.count
        guard target.byteCount <= capacity - left else { throw .fileNameTooLong }
        if rest.upperBound < capacity {
            // From the last byte on, as both places may share some.
            var offset = left - 1
            while offset >= 0 {
                let byte = buffer.bytes[rest.lowerBound + offset]
                _ = buffer.store(byte, at: UInt64(capacity - left + offset))
                offset -= 1
            }
            rest = capacity - left..<capacity
        }
        let start = rest.lowerBound - target.byteCount
        _ = buffer.copy(target, at: 0, count: UInt64(target.byteCount), to: UInt64(start))
        rest = start..<capacity
    }
}
