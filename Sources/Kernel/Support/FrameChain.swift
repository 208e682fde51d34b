/// The chain of frame pointers from one function to those that called it,
/// over all stacks of a task.
///
/// Nothing in it is trusted: a pointer counts only where it is aligned and
/// lies in one of the known stacks, above the one before; a stack that was
/// left is not entered again. So the walk ends, whatever the words say.
public struct FrameChain {
    public struct Frame: Equatable, Sendable {
        /// Where the caller's frame pointer is, and behind it the return address.
        public let pointer: UInt64
        public let returnAddress: UInt64
    }

    /// Why there is no further frame.
    public enum End: Equatable, Sendable {
        /// The first function of all: its caller's frame pointer is zero.
        case outermost
        /// A pointer that leads to no stack, or not upwards.
        case damaged(pointer: UInt64)
        /// The pointer is good but its memory can't be read.
        case unreadable(pointer: UInt64)
    }

    public static let stackCount = 4

    private let stacks: [4 of Range<UInt64>]
    private var wasLeft: [4 of Bool] = [false, false, false, false]
    private var current: Int? = nil
    private var last: UInt64 = 0
    private var pointer: UInt64
    /// Set when `next` has given `nil`.
    public private(set) var end: End? = nil

    /// - Parameters:
    ///   - pointer: The innermost function's frame pointer.
    ///   - stacks: The stacks there are; an empty range is none.
    public init(from pointer: UInt64, stacks: [4 of Range<UInt64>]) {
        self.pointer = pointer
        self.stacks = stacks
    }

    /// The next frame outwards.
    ///
    /// - Parameter read: The word at an address; `nil` where there is none.
    public mutating func next(read: (UInt64) -> UInt64?) -> Frame? {
        guard end == nil else { return nil }
        guard pointer != 0 else {
            end = .outermost
            return nil
        }
        guard enter(pointer) else {
            end = .damaged(pointer: pointer)
            return nil
        }
        guard let caller = read(pointer), let address = read(pointer + 8) else {
            end = .unreadable(pointer: pointer)
            return nil
        }
        let frame = Frame(pointer: pointer, returnAddress: address)
        last = pointer
        pointer = caller
        return frame
    }

    /// Whether a frame may be at `pointer`; its stack is the current one then.
    private mutating func enter(_ pointer: UInt64) -> Bool {
        guard pointer & 7 == 0 else { return false }
        for index in 0..<Self.stackCount {
            let stack = stacks[index]
            guard stack.count >= 16, stack.contains(pointer), stack.upperBound - pointer >= 16
            else { continue }
            if current == index { return pointer > last }
            guard !wasLeft[index] else { return false }
            if let current { wasLeft[current] = true }
            current = index
            return true
        }
        return false
    }
}
