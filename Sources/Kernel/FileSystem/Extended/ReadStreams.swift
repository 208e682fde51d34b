/// Where reading of files may go on in order: what is read ahead grows with what was read so.
///
/// A read that is not known to go on where another has ended gets what it asks for, and nothing
/// more. Only what was not in memory counts.
struct ReadStreams {
    private struct Stream: BitwiseCopyable {
        /// The file's inode; 0: none.
        var number: UInt32 = 0
        /// The first block of the file that is not in memory yet.
        var next: UInt64 = 0
        /// Blocks that were read at once.
        var size: UInt64 = 0
    }

    /// Those that were met last, the newest first.
    private var streams = InlineArray<8, Stream>(repeating: Stream())

    /// What is read at a file's start, where more is likely to follow; how much faster it grows from
    /// there; and where that ends: what the cache reads in one go.
    private static var first: UInt64 { 4 }
    private static var growth: UInt64 { 4 }
    private static var most: UInt64 { 64 }

    /// How many blocks are to be read from one on that is not in memory.
    ///
    /// - Parameters:
    ///   - wanted: Blocks that were asked for, 1 at least.
    ///   - end: Behind the file's last block.
    mutating func size(_ number: UInt32, at logical: UInt64, wanted: UInt64, end: UInt64) -> UInt64 {
        var place = 0
        // Some of what follows may have been in memory, and was passed without coming here.
        while place < streams.count - 1, !isNext(streams[place], number, logical) { place += 1 }
        let isNext = isNext(streams[place], number, logical)
        var size = wanted
        if isNext {
            size = max(streams[place].size * Self.growth, wanted)
        } else if logical == 0 {
            size = max(Self.first, wanted)
        }
        size = min(size, Self.most, end - logical)
        while place > 0 {
            streams[place] = streams[place - 1]
            place -= 1
        }
        streams[0] = Stream(number: number, next: logical + size, size: size)
        return size
    }

    private func isNext(_ stream: Stream, _ number: UInt32, _ logical: UInt64) -> Bool {
        stream.number == number && logical >= stream.next && logical - stream.next <= stream.size
    }
}
