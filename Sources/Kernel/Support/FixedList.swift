/// A list with room for `capacity` elements, stored in place: for boot code,
/// which has no heap. What does not fit is refused, not dropped silently.
public struct FixedList<let capacity: Int, Element: Sendable>: Sendable {
    private var storage: InlineArray<capacity, Element>
    public private(set) var count = 0

    /// - Parameter filler: Any element; it is what unused places hold.
    public init(filler: Element) { storage = .init(repeating: filler) }

    public var isEmpty: Bool { count == 0 }
    public var isFull: Bool { count == capacity }

    /// - Precondition: `index` is in 0..<`count`.
    public subscript(_ index: Int) -> Element {
        // Inlined and through a span: else the whole list is copied for it.
        @inline(__always) get {
            precondition(index >= 0 && index < count)
            return storage.span[index]
        }
        set {
            precondition(index >= 0 && index < count)
            storage[index] = newValue
        }
    }

    /// The same, of a list that may be changed, and is not copied for it.
    ///
    /// - Precondition: `index` is in 0..<`count`.
    @inline(__always)
    public mutating func element(_ index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return storage.mutableSpan[index]
    }

    /// Adds an element at the end; `false` when the list is full.
    public mutating func append(_ element: Element) -> Bool {
        guard count < capacity else { return false }
        storage[count] = element
        count += 1
        return true
    }

    /// Puts an element in front of the one at `index`; `false` when the list is full.
    ///
    /// - Precondition: `index` is in 0...`count`.
    public mutating func insert(_ element: Element, at index: Int) -> Bool {
        precondition(index >= 0 && index <= count)
        guard count < capacity else { return false }
        var i = count
        while i > index {
            storage[i] = storage[i &- 1]
            i &-= 1
        }
        storage[index] = element
        count &+= 1
        return true
    }

    /// Takes `range` out.
    ///
    /// - Precondition: `range` is in 0..<`count`.
    public mutating func remove(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let removed = range.upperBound &- range.lowerBound
        var i = range.upperBound
        while i < count {
            storage[i &- removed] = storage[i]
            i &+= 1
        }
        count &-= removed
    }
}
