import KernelSupport

/// Memory for slots, for as long as this object is there.
@safe public final class SlotMemory<Element: BitwiseCopyable> {
    private let memory: UnsafeMutablePointer<Element>
    public let slots: SlotStorage<Element>

    public init(_ count: Int, filler: Element) {
        unsafe memory = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        var slots = unsafe SlotStorage(memory, count: 0)
        slots.grow(to: count, filler: filler)
        self.slots = slots
    }

    deinit { unsafe memory.deallocate() }
}
