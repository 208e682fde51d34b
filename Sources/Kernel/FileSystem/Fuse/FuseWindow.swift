import KernelSupport

/// What was read of a file beyond what was asked for, in a buffer of the channel's.
struct FuseWindow: BitwiseCopyable {
    /// The buffer, which the window stands for.
    let buffer: Int
    let inode: Inode
    /// Where in the file it is, and how many bytes are there.
    let start: Int64
    let count: Int
    /// Until when it may be believed, and how often the file had changed when it was asked for.
    let expiry: UInt64
    let changes: UInt64

    var end: Int64 { start + Int64(count) }
}

/// The windows that there are; the channel's lock guards them. A reader takes one out while
/// it copies from it.
struct FuseWindows: ~Copyable {
    private struct Place: BitwiseCopyable {
        var window: FuseWindow? = nil
        /// When it was put in, as a count.
        var use: UInt64 = 0
    }

    private var places: InlineArray<4, Place> = InlineArray(repeating: Place())
    private var uses: UInt64 = 0

    /// Bytes that are read ahead at first, and how many times as many each time after that.
    static var firstSize: Int { 16_384 }
    static var growth: Int { 4 }
    /// For so long it is believed, in nanoseconds, as a file's status is.
    static var validity: UInt64 { 1_000_000_000 }

    /// Takes out the window of a file in which a place is, or, without one, any of the file;
    /// `nil`: there is none.
    mutating func take(_ inode: Inode, at offset: Int64? = nil) -> FuseWindow? {
        for index in 0..<4 {
            guard let window = places[index].window, window.inode == inode else { continue }
            if let offset, offset < window.start || offset >= window.end { continue }
            places[index].window = nil
            return window
        }
        return nil
    }

    /// Puts one in; the one that has to go for it, if one has.
    mutating func put(_ window: FuseWindow) -> FuseWindow? {
        var place = 0
        for index in 0..<4 {
            if places[index].window == nil {
                place = index
                break
            }
            if places[index].use < places[place].use { place = index }
        }
        uses &+= 1
        let old = places[place].window
        places[place] = Place(window: window, use: uses)
        return old
    }
}
