/// Which signals a task was sent and has not yet taken, a bit for each.
public struct SignalState: Sendable, BitwiseCopyable {
    public var pending: UInt64 = 0
    /// Those that it takes when they are no longer blocked.
    public var blocked: UInt64 = 0
    /// Its way to the handler, on which it will ask for the next signal.
    public var way = Way.none

    public init(blocked: UInt64 = 0) { self.blocked = blocked }

    /// Where a task is that goes to the handler. One word, because all of a
    /// task's record is copied when a task is made.
    public struct Way: Equatable, Sendable, BitwiseCopyable {
        private let word: UInt64

        private init(word: UInt64) { self.word = word }

        /// It does not.
        public static let none = Self(word: 0)
        /// It is on its way.
        public static let coming = Self(word: 1)

        /// It is in a function of the kernel, and goes there in place of
        /// returning to this address.
        public static func insteadOfReturn(to address: UInt64) -> Self { Self(word: address) }

        public var returnAddress: UInt64 { word }
    }

    /// What it takes now.
    public var deliverable: UInt64 { pending & ~blocked }

    /// Takes the lowest number, which is blocked from now on; `nil`: there is none.
    public mutating func takeNext() -> Int? {
        guard deliverable != 0 else { return nil }
        let number = deliverable.trailingZeroBitCount
        pending &= ~(1 << UInt64(number))
        blocked |= 1 << UInt64(number)
        return number
    }
}
