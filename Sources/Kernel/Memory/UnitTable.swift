import KernelMachine

/// Which units of a heap are taken, in runs.
///
/// One entry a unit, in memory that is mapped as the heap grows. The first
/// and the last entry of a run describe it; free neighbours are joined.
struct UnitTable: ~Copyable {
    private enum Kind: UInt32 {
        case never = 0
        case free, used, inner
    }

    private struct Entry {
        var kind: UInt32
        /// Units of the run; in an inner entry the distance to the first.
        var count: UInt32
        /// Used: pages of a large block, 0 for a slab. Free: the next free run plus one.
        var value: UInt32
        /// Free: the free run before plus one.
        var previous: UInt32
    }

    private let base: UInt64
    private let count: Int
    /// Units below were taken at some time.
    private var top = 0
    /// The largest that `top` has been.
    private var highest = 0
    /// Bytes of the table that are mapped.
    private var mapped: UInt64 = 0
    /// The first free run plus one.
    private var firstFree: UInt32 = 0

    @inline(__always)
    init(base: UInt64, count: Int) {
        self.base = base
        self.count = count
    }

    private func entry(_ unit: Int) -> UnsafeMutablePointer<Entry> {
        unsafe UnsafeMutablePointer<Entry>(bitPattern: UInt(base))! + unit
    }

    /// Takes a run; its first unit, or `nil` when there is no room or no memory.
    mutating func take(_ wanted: Int, alignedTo alignment: Int, in space: inout AddressSpace) -> Int? {
        if alignment == 1 {
            var next = firstFree
            while next != 0 {
                let unit = Int(next) - 1
                let length = unsafe Int(entry(unit).pointee.count)
                if length >= wanted {
                    unlink(unit)
                    mark(unit, wanted)
                    if length > wanted { link(unit + wanted, length - wanted) }
                    return unit
                }
                next = unsafe entry(unit).pointee.value
            }
        }
        let unit = (top + alignment - 1) & ~(alignment - 1)
        guard unit <= count, wanted <= count - unit else { return nil }
        guard cover(unit + wanted, in: &space) else { return nil }
        let oldTop = top
        top = unit + wanted
        highest = max(highest, top)
        mark(unit, wanted)
        if unit > oldTop { link(oldTop, unit - oldTop) }
        return unit
    }

    /// Has entries for `end` units; `false` when memory is exhausted.
    private mutating func cover(_ end: Int, in space: inout AddressSpace) -> Bool {
        let bytes = UInt64(end) * UInt64(MemoryLayout<Entry>.stride)
        while mapped < bytes {
            guard space.fill(base + mapped, reserved: false) else { return false }
            mapped += 4096
        }
        return true
    }

    /// Makes the used run that starts at `unit` at least `wanted` units long;
    /// `false`, and nothing done, where another one is in the way.
    mutating func extend(_ unit: Int, to wanted: Int, in space: inout AddressSpace) -> Bool {
        let length = unsafe Int(entry(unit).pointee.count)
        guard length < wanted else { return true }
        let behind = unit + length
        if behind == top {
            guard wanted <= count - unit, cover(unit + wanted, in: &space) else { return false }
            top = unit + wanted
            highest = max(highest, top)
        } else {
            guard unsafe entry(behind).pointee.kind == Kind.free.rawValue else { return false }
            let room = unsafe length + Int(entry(behind).pointee.count)
            guard room >= wanted else { return false }
            unlink(behind)
            if room > wanted { link(unit + wanted, room - wanted) }
        }
        let pages = unsafe entry(unit).pointee.value
        mark(unit, wanted)
        unsafe entry(unit).pointee.value = pages
        return true
    }

    /// Gives the run back that starts at `unit`.
    mutating func give(_ unit: Int, in space: inout AddressSpace) {
        var first = unit
        var length = unsafe Int(entry(unit).pointee.count)
        let behind = first + length
        if behind < top, unsafe entry(behind).pointee.kind == Kind.free.rawValue {
            length += unsafe Int(entry(behind).pointee.count)
            unlink(behind)
        }
        if first > 0 {
            let last = unsafe entry(first - 1).pointee
            var before: Int? = nil
            if last.kind == Kind.free.rawValue {
                before = first - 1
            } else if last.kind == Kind.inner.rawValue {
                let start = first - 1 - Int(last.count)
                if unsafe entry(start).pointee.kind == Kind.free.rawValue { before = start }
            }
            if let before {
                length += unsafe Int(entry(before).pointee.count)
                unlink(before)
                first = before
            }
        }
        if first + length == top {
            top = first
            unsafe entry(first).pointee.kind = Kind.never.rawValue
            return
        }
        link(first, length)
    }

    /// Notes the pages of the block in the run that starts at `unit`; 0: a slab.
    func setPages(_ pages: Int, of unit: Int) {
        unsafe entry(unit).pointee.value = UInt32(pages)
    }

    /// The pages of the block that starts at `unit`, 0 for a slab, `nil` when none does.
    func pages(of unit: Int) -> Int? {
        guard unit < top, unsafe entry(unit).pointee.kind == Kind.used.rawValue else { return nil }
        return unsafe Int(entry(unit).pointee.value)
    }

    /// The used run that `unit` lies in.
    func run(containing unit: Int) -> (first: Int, pages: Int)? {
        guard unit < top else { return nil }
        let here = unsafe entry(unit).pointee
        let first = here.kind == Kind.inner.rawValue ? unit - Int(here.count) : unit
        guard first >= 0, let pages = pages(of: first) else { return nil }
        return (first, pages)
    }

    /// The first used run that starts at `unit` or behind it; 0 pages: a slab.
    ///
    /// Complexity: O(free runs and used runs in between).
    func firstRun(from unit: Int) -> (first: Int, pages: Int)? {
        var unit = unit
        while unit < top {
            let here = unsafe entry(unit).pointee
            switch here.kind {
            case Kind.used.rawValue: return (unit, Int(here.value))
            case Kind.free.rawValue: unit += Int(here.count)
            default: unit += 1
            }
        }
        return nil
    }

    /// Whether `unit` was taken at some time.
    func wasTaken(_ unit: Int) -> Bool { unit >= 0 && unit < highest }

    /// Every unit of a used run knows its first; that costs a store a unit.
    private func mark(_ unit: Int, _ length: Int) {
        unsafe entry(unit).pointee = Entry(
            kind: Kind.used.rawValue, count: UInt32(length), value: 0, previous: 0)
        for i in 1..<max(length, 1) {
            unsafe entry(unit + i).pointee = Entry(
                kind: Kind.inner.rawValue, count: UInt32(i), value: 0, previous: 0)
        }
    }

    private mutating func link(_ unit: Int, _ length: Int) {
        unsafe entry(unit).pointee = Entry(
            kind: Kind.free.rawValue, count: UInt32(length), value: firstFree, previous: 0)
        if length > 1 {
            unsafe entry(unit + length - 1).pointee = Entry(
                kind: Kind.inner.rawValue, count: UInt32(length - 1), value: 0, previous: 0)
        }
        if firstFree != 0 {
            unsafe entry(Int(firstFree) - 1).pointee.previous = UInt32(unit + 1)
        }
        firstFree = UInt32(unit + 1)
    }

    private mutating func unlink(_ unit: Int) {
        let here = unsafe entry(unit).pointee
        if here.previous == 0 {
            firstFree = here.value
        } else {
            unsafe entry(Int(here.previous) - 1).pointee.value = here.value
        }
        if here.value != 0 {
            unsafe entry(Int(here.value) - 1).pointee.previous = here.previous
        }
    }
}
