import KernelMachine

extension Heap {
    /// Makes a block that is a mapping of its own larger or smaller, without
    /// a copy: where it is, or by moving its pages to where there is room.
    ///
    /// - Parameter size: In bytes; more than the largest size class.
    /// - Returns: The block's address from now on; `nil`, the block as it was,
    ///   where `address` is no such block's, or memory is exhausted.
    public mutating func resize(
        _ address: UInt64, to size: Int, in space: inout AddressSpace
    ) -> UInt64? {
        guard size > SizeClass.largest, UInt64(size) < Layout.heapSize, let run = mapping(at: address)
        else { return nil }
        let pages = (size + Int(Self.pageSize) - 1) / Int(Self.pageSize)
        if pages <= run.pages {
            let count = run.pages - pages
            let untouched = count - space.drop(address + UInt64(pages) * Self.pageSize, count: count)
            space.frames.unreserve(
                untouched + Self.tableFrames(run.pages) - Self.tableFrames(pages))
            units.setPages(pages, of: run.unit)
            return address
        }
        let promised = pages - run.pages + Self.tableFrames(pages) - Self.tableFrames(run.pages)
        guard space.frames.reserve(promised) else { return nil }
        let length = Self.unitCount(size)
        var unit = run.unit
        if !units.extend(unit, to: length, in: &space) {
            guard let new = units.take(length, alignedTo: 1, in: &space) else {
                space.frames.unreserve(promised)
                return nil
            }
            guard space.move(address, to: self.address(of: new), count: run.pages) else {
                units.give(new, in: &space)
                space.frames.unreserve(promised)
                return nil
            }
            units.give(unit, in: &space)
            unit = new
        }
        units.setPages(pages, of: unit)
        return self.address(of: unit)
    }
}
