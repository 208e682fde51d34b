import KernelSupport

/// What was written to a file in order, in small pieces, and has not been sent to the server yet;
/// in a buffer of the channel's.
struct FuseGathering: BitwiseCopyable {
    /// The buffer, which this stands for.
    let buffer: Int
    let inode: Inode
    /// What the server knows the file by.
    let node: UInt64
    let handle: UInt64
    /// Where in the file it is, and how many bytes are there.
    let start: Int64
    var count = 0
    /// When it is to be sent.
    let deadline: UInt64

    var end: Int64 { start + Int64(count) }
}

/// The gatherings that there are, at most one of a file. Who has the channel alone has them.
struct FuseGatherings: ~Copyable {
    private var places: InlineArray<4, FuseGathering?> = InlineArray(repeating: nil)
    /// Nothing is gathered any more.
    var isOver = false

    /// A piece that is larger is sent at once.
    static var mostPiece: Int { 16_384 }
    /// For so long a piece may wait for others, in nanoseconds: one tick of a disk's times.
    static var patience: UInt64 { 4_000_000 }

    subscript(place: Int) -> FuseGathering? {
        get { places[place] }
        set { places[place] = newValue }
    }

    /// Where a file's is.
    func place(of inode: Inode) -> Int? {
        for place in 0..<4 where places[place]?.inode == inode { return place }
        return nil
    }

    /// The first that satisfies a condition.
    private func first(where condition: (FuseGathering) -> Bool) -> Int? {
        for place in 0..<4 {
            if let gathering = places[place], condition(gathering) { return place }
        }
        return nil
    }

    var any: Int? { first { _ in true } }

    /// One that is to be sent by now.
    func due(at now: UInt64) -> Int? { first { $0.deadline <= now } }

    /// When one is to be sent next; `.max`: there is none.
    var nextDeadline: UInt64 {
        var next = UInt64.max
        for place in 0..<4 { next = min(next, places[place]?.deadline ?? .max) }
        return next
    }

    /// A place for one more; where there is none, that of the one that has waited longest.
    var placeForMore: Int {
        var found = 0
        for place in 0..<4 {
            guard let gathering = places[place] else { return place }
            if let known = places[found], gathering.deadline < known.deadline { found = place }
        }
        return found
    }
}
