import KernelMain

/// Control messages of the protocols' levels that go with a message (POSIX, `cmsghdr`): each
/// kind of socket knows its own, and this only their sizes.
public struct SocketControl: PassedByAddress {
    /// One, with the numbers of `hermit/network.h`.
    public struct Item: BitwiseCopyable {
        public let level: Int32
        public let type: Int32
        /// Bytes of what it says.
        public let count: Int
        public var words: InlineArray<5, UInt32>

        public init(level: Int32, type: Int32, count: Int, words: InlineArray<5, UInt32>) {
            self.level = level
            self.type = type
            self.count = count
            self.words = words
        }

        /// One that says one number.
        public init(level: Int32, type: Int32, number: UInt32, count: Int = 4) {
            var words = InlineArray<5, UInt32>(repeating: 0)
            words[0] = number
            self.init(level: level, type: type, count: count, words: words)
        }

        /// One that says a time: seconds, and a part of one.
        public init(level: Int32, type: Int32, seconds: UInt64, part: UInt64) {
            var words = InlineArray<5, UInt32>(repeating: 0)
            words[0] = UInt32(truncatingIfNeeded: seconds)
            words[1] = UInt32(truncatingIfNeeded: seconds >> 32)
            words[2] = UInt32(truncatingIfNeeded: part)
            self.init(level: level, type: type, count: 16, words: words)
        }

        /// What the longest says, in bytes.
        public static let longest = 20
    }

    /// As many as a socket has kinds of them.
    public static let most = 8

    private var items: InlineArray<8, Item> = .init(
        repeating: Item(level: 0, type: 0, number: 0))
    public private(set) var count = 0

    public init() {}

    public subscript(index: Int) -> Item { items[index] }

    /// Adds one.
    ///
    /// - Returns: `false`: there are too many.
    public mutating func append(_ item: Item) -> Bool {
        guard count < Self.most else { return false }
        items[count] = item
        count += 1
        return true
    }
}
