import KernelSupport

/// A reader's way through a text whose lines are made one at a time, as Linux's `seq_file`: each
/// is whole however it is read, what changes meanwhile is seen or not, and a read that goes on
/// where the last one ended costs what it reads.
///
/// A read from anywhere else begins again at the text's start and passes over what is in front.
public struct LineReader: ~Copyable {
    /// Bytes of the longest line.
    public static var longest: Int { 256 }

    private var line = InlineArray<256, UInt8>(repeating: 0)
    /// Of the line: what was not read yet.
    private var rest = 0..<0
    private var place = ListPlace()
    /// Where in the text the first byte of that is.
    private var position: Int64 = 0

    public init() {}

    /// Reads from an offset.
    ///
    /// - Parameters:
    ///   - next: Writes a line of `longest` bytes at most, and sets the place behind it; `false`:
    ///     there is none.
    ///   - take: Gets the bytes, piece by piece; says how many it has taken: fewer than all end
    ///     the read, and are read again.
    /// - Returns: The bytes that were taken.
    public mutating func read(
        at offset: Int64, count: Int, next: (inout ListPlace, inout TextWindow) -> Bool, take: (RawSpan) -> Int
    ) -> Int {
        if offset != position {
            rest = 0..<0
            place = ListPlace()
            position = 0
        }
        while position < offset {
            if rest.isEmpty, !fill(next) { return 0 }
            pass(Int(min(Int64(rest.count), offset - position)))
        }
        var done = 0
        while done < count {
            if rest.isEmpty, !fill(next) { break }
            let wanted = min(rest.count, count - done)
            let taken = line.withBytes(rest.lowerBound..<rest.lowerBound + wanted, take)
            pass(taken)
            done += taken
            if taken < wanted { break }
        }
        return done
    }

    private mutating func pass(_ count: Int) {
        rest = rest.lowerBound + count..<rest.upperBound
        position += Int64(count)
    }

    /// Makes the next line; `false`: there is none.
    private mutating func fill(_ next: (inout ListPlace, inout TextWindow) -> Bool) -> Bool {
        var place = place
        var count = 0
        let isThere = line.withMutableBytes { bytes in
            let size = bytes.byteCount
            var window = TextWindow(bytes._mutatingExtracting(0..<size), skip: 0)
            let isThere = next(&place, &window)
            count = window.count
            return isThere
        }
        self.place = place
        rest = 0..<count
        return isThere && count > 0
    }
}
