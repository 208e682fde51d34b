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

    /// Where an element is.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    public func address(of index: Int) -> UnsafeMutablePointer<Element> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base + index
    }

    /// The same, for several accesses with one comparison.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    @inline(__always)
    public func reference(to index: Int) -> SlotReference<Element> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe SlotReference(base + index)
    }

    /// The element itself, not a copy.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    public subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + index)
        }
        @inline(__always) nonmutating unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base + index
        }
    }

    /// An element; `nil` where there is none of that index.
    @inline(__always)
    public func element(_ index: Int) -> Element? {
        guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return nil }
        return unsafe base[index]
    }
}
