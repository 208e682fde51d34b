import CMachine

/// What each unit of the application's heap is, a byte a unit, as
/// `struct hermit_heap_view` describes it: by this a task finds the size of a
/// block without a lock. Mapped as the heap grows, and never taken away.
struct ClassMap {
    private let base: UInt64
    private var mapped: UInt64 = 0

    /// Added to the distance of a unit from its slab's first one.
    private static let inner: UInt8 = 128

    @inline(__always)
    init(base: UInt64) { self.base = base }

    private func byte(_ unit: Int) -> UnsafeMutablePointer<UInt8> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(base))! + unit
    }

    /// Has bytes for `units` units; `false` when memory is exhausted.
    mutating func cover(_ units: Int, in space: inout AddressSpace) -> Bool {
        while mapped < UInt64(units) {
            guard space.fill(base + mapped, reserved: false) else { return false }
            mapped += 4096
            unsafe machine_heap_view().pointee.units = mapped
        }
        return true
    }

    func mark(_ unit: Int, _ count: Int, as sizeClass: SizeClass) {
        unsafe byte(unit).pointee = UInt8(sizeClass.index)
        for i in 1..<max(count, 1) { unsafe byte(unit + i).pointee = Self.inner + UInt8(i) }
    }

    func clear(_ unit: Int, _ count: Int) {
        for i in 0..<count { unsafe byte(unit + i).pointee = 0 }
    }
}
