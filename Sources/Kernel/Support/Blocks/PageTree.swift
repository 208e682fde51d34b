/// Pages by their numbers, with holes: a tree of nodes with 512 places each,
/// as high as its highest page needs. No page ever moves.
///
/// It is what a sparse file is made of, and a table that grows without copying.
@safe public struct PageTree: BitwiseCopyable, @unchecked Sendable {
    /// A page where the height is 0, else a node.
    private var root: UnsafeMutableRawPointer? = nil
    private var height: UInt8 = 0
    /// Pages that are there.
    public private(set) var pageCount = 0

    public static let pageSize = 4096
    private static let placeBits: UInt64 = 9
    private static let places = 512
    /// Pages' numbers are below this: a file of 2^63 bytes has so many.
    public static let numberLimit: UInt64 = 1 << 51

    public init() { unsafe root = nil }

    public var isEmpty: Bool { unsafe root == nil }

    /// Whether the tree is high enough for a page's number.
    private func reaches(_ number: UInt64) -> Bool {
        number >> (Self.placeBits * UInt64(height)) == 0
    }

    private typealias Node = UnsafeMutablePointer<UnsafeMutableRawPointer?>

    @inline(__always)
    private static func place(_ number: UInt64, _ height: UInt64) -> Int {
        Int(truncatingIfNeeded: number >> (placeBits &* (height &- 1))) & (places - 1)
    }

    /// The page of that number; `nil`: a hole.
    @inline(__always)
    public func page(at number: UInt64) -> MemoryBlock? {
        guard unsafe root != nil, reaches(number) else { return nil }
        var current = unsafe root
        var level = UInt64(height)
        while level > 0, let node = unsafe current {
            unsafe current = node.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)[
                Self.place(number, level)]
            level &-= 1
        }
        guard let page = unsafe current else { return nil }
        return unsafe MemoryBlock(page, count: Self.pageSize)
    }

    /// The first page whose number is at least `number`; `nil`: there is none.
    public func firstPage(from number: UInt64) -> UInt64? {
        guard unsafe root != nil, reaches(number) else { return nil }
        return unsafe Self.first(root, UInt64(height), number)
    }

    private static func first(
        _ part: UnsafeMutableRawPointer?, _ height: UInt64, _ number: UInt64
    ) -> UInt64? {
        guard let part = unsafe part else { return nil }
        guard height > 0 else { return number }
        let node = unsafe part.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        let shift = placeBits * (height - 1)
        var number = number
        for place in Self.place(number, height)..<places {
            if let found = unsafe first(node[place], height - 1, number) { return found }
            number = (number >> shift + 1) << shift
        }
        return nil
    }

    /// Puts a page where a hole is.
    ///
    /// - Parameter page: 4096 bytes.
    /// - Returns: `false`: there is no memory for the way to it, and nothing has changed.
    /// - Precondition: `number` is below `numberLimit` and is a hole.
    public mutating func insert(
        _ page: MemoryBlock, at number: UInt64, _ source: borrowing some BlockSource & ~Copyable
    ) -> Bool {
        precondition(number < Self.numberLimit && page.count == Self.pageSize)
        while !reaches(number) {
            if unsafe root == nil {
                // Nothing is there yet: the height is free to choose.
                height += 1
                continue
            }
            guard let node = unsafe Self.makeNode(source) else { return false }
            unsafe node[0] = unsafe root
            unsafe root = UnsafeMutableRawPointer(node)
            height += 1
        }
        if height == 0 {
            precondition(unsafe root == nil)
            unsafe root = unsafe page.address
            pageCount = 1
            return true
        }
        if unsafe root == nil {
            guard let node = unsafe Self.makeNode(source) else {
                height = 0
                return false
            }
            unsafe root = UnsafeMutableRawPointer(node)
        }
        var node = unsafe root.unsafelyUnwrapped.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        var level = UInt64(height)
        while level > 1 {
            let place = Self.place(number, level)
            if unsafe node[place] == nil {
                guard let next = unsafe Self.makeNode(source) else { return false }
                unsafe node[place] = UnsafeMutableRawPointer(next)
            }
            unsafe node = node[place].unsafelyUnwrapped.assumingMemoryBound(
                to: UnsafeMutableRawPointer?.self)
            level -= 1
        }
        let place = Self.place(number, 1)
        precondition(unsafe node[place] == nil)
        unsafe node[place] = unsafe page.address
        pageCount += 1
        return true
    }

    private static func makeNode(_ source: borrowing some BlockSource & ~Copyable) -> Node? {
        guard let block = source.allocate(pageSize) else { return nil }
        block.zero(0..<pageSize)
        return unsafe block.address.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    }

    // MARK: - Giving back

    /// Gives pages back whose numbers are at least `number`, the last ones first.
    ///
    /// - Parameter budget: Pages at most, a few more or less; what is left of it.
    /// - Returns: Whether all of them are gone.
    public mutating func removePages(
        from number: UInt64, budget: inout Int, _ source: borrowing some BlockSource & ~Copyable
    ) -> Bool {
        guard let top = unsafe root else { return true }
        guard reaches(number) else { return true }
        var removed = 0
        let isDone = unsafe Self.remove(top, UInt64(height), number, &budget, &removed, source)
        pageCount -= removed
        if isDone && number == 0 {
            unsafe root = nil
            height = 0
        }
        return isDone
    }

    /// - Returns: Whether there is nothing left from `number` on; where that is
    ///   0, the part itself was given back.
    private static func remove(
        _ part: UnsafeMutableRawPointer, _ height: UInt64, _ number: UInt64, _ budget: inout Int,
        _ removed: inout Int, _ source: borrowing some BlockSource & ~Copyable
    ) -> Bool {
        if height == 0 {
            guard budget > 0 else { return false }
            budget -= 1
            removed += 1
            unsafe source.free(MemoryBlock(part, count: pageSize))
            return true
        }
        let node = unsafe part.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        let first = place(number, height)
        let rest = number & (1 << (placeBits * (height - 1)) - 1)
        var place = places - 1
        while place >= first {
            if let below = unsafe node[place] {
                let from = place == first ? rest : 0
                guard unsafe remove(below, height - 1, from, &budget, &removed, source) else {
                    return false
                }
                if from == 0 { unsafe node[place] = nil }
            }
            place -= 1
        }
        if number == 0 { unsafe source.free(MemoryBlock(part, count: pageSize)) }
        return true
    }
}
