/// Where an element is, as long as its memory is.
@safe public struct SlotReference<Element: BitwiseCopyable> {
    private let address: UnsafeMutablePointer<Element>

    @inline(__always)
    fileprivate init(_ address: UnsafeMutablePointer<Element>) {
        unsafe self.address = unsafe address
    }

    /// The element itself, not a copy.
    public var element: Element {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe address }
    }
}

/// Elements at consecutive places in memory of the owner's, which never move.
///
/// A handle: copies are the same memory. Whoever makes it sees to it that the
/// memory stays, and that one at a time uses it.
///
/// The place of an index that is out of range is the null page, whose first bytes nobody
/// ever has: an access there ends the program as a failed precondition does, and a right
/// one costs no branch, of which the scheduler would be full.
@safe public struct SlotStorage<Element: BitwiseCopyable> {
    private let base: UnsafeMutablePointer<Element>
    /// Elements that may be used.
    public private(set) var count: Int

    /// - Parameters:
    ///   - base: The first element's place.
    ///   - count: Elements that are there and initialised.
    public init(_ base: UnsafeMutablePointer<Element>, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    /// Uses more elements, each of which starts as `filler`.
    ///
    /// - Precondition: There is memory for so many.
    public mutating func grow(to newCount: Int, filler: Element) {
        for i in count..<max(count, newCount) { unsafe (base + i).initialize(to: filler) }
        count = max(count, newCount)
    }

    /// Uses fewer elements, the first ones.
    public mutating func shrink(to newCount: Int) { count = min(count, max(newCount, 0)) }

    /// A place in the null page; not 0, of which the compiler may think what it likes.
    @inline(__always)
    private static var nowhere: Int { 16 }

    /// Where an element is.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    @inline(__always)
    public func address(of index: Int) -> UnsafeMutablePointer<Element> {
        let isThere = UInt(bitPattern: index) < UInt(bitPattern: count)
        let nowhere = unsafe Self.nowhere &- Int(bitPattern: base)
        let offset = isThere ? index &* MemoryLayout<Element>.stride : nowhere
        return unsafe (UnsafeMutableRawPointer(base) + offset).assumingMemoryBound(to: Element.self)
    }

    /// The same, for several accesses with one comparison.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    @inline(__always)
    public func reference(to index: Int) -> SlotReference<Element> {
        unsafe SlotReference(address(of: index))
    }

    /// The element itself, not a copy.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    public subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: index)) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe address(of: index) }
    }

    /// An element; `nil` where there is none of that index.
    @inline(__always)
    public func element(_ index: Int) -> Element? {
        guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return nil }
        return unsafe base[index]
    }

    /// Where an element is; `nil` where there is none of that index.
    @inline(__always)
    public func find(_ index: Int) -> SlotReference<Element>? {
        guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return nil }
        return unsafe SlotReference(base + index)
    }

    /// Where an element is, or the first one where there is none of that index:
    /// without a branch.
    ///
    /// - Precondition: There is a first one.
    @inline(__always)
    public func referenceOrFirst(_ index: Int) -> SlotReference<Element> {
        let isThere = UInt(bitPattern: index) < UInt(bitPattern: count)
        return unsafe SlotReference(base + (isThere ? index : 0))
    }
}
