import CMachine

/// What an address of a heap belongs to, for the report of a fault there.
public enum HeapPlace: Equatable, Sendable {
    /// A block that is taken.
    case block(start: UInt64, size: UInt64)
    /// Behind a taken block, in the room that belongs to no other.
    case behindBlock(start: UInt64, size: UInt64)
    /// A block that was given back.
    case freed
    /// No block was ever here.
    case unused
    /// The heap's own records.
    case records
}

extension Heap {
    /// What is at `address`; `nil` outside of the heap.
    ///
    /// The records may be damaged: what they say is checked.
    public mutating func place(of address: UInt64, in space: inout AddressSpace) -> HeapPlace? {
        guard address >= base, address - base < Layout.heapSize else { return nil }
        let unit = Int((address - base) / Self.unitSize)
        guard let run = units.run(containing: unit) else {
            return units.wasTaken(unit) ? .freed : .unused
        }
        guard run.pages == 0 else {
            let start = base + UInt64(run.first) * Self.unitSize
            let size = UInt64(run.pages) * Self.pageSize
            return address - start < size
                ? .block(start: start, size: size) : .behindBlock(start: start, size: size)
        }
        let slab = slab(run.first)
        guard space.tables.lookUp(slab.address) != nil,
            space.tables.lookUp(slab.address + SlabRecord.size - 1) != nil
        else { return .records }
        let (size, count) = (UInt64(slab.head.blockSize), Int(slab.head.count))
        let offset = address - self.address(of: run.first)
        guard size > 0, count <= Int(Self.unitSize) / 16, Int(offset / size) < count else {
            return .unused
        }
        let index = Int(offset / size)
        let start = address - offset + offset / size * size
        // The heap has taken blocks that are in a task's list.
        guard slab.isTaken(index), !isMarked(start, in: &space) else { return .freed }
        return .block(start: start, size: size)
    }

    /// Whether the block carries the mark of one that a task keeps for itself.
    private mutating func isMarked(_ block: UInt64, in space: inout AddressSpace) -> Bool {
        guard isCached, space.tables.lookUp(block) != nil else { return false }
        let block = unsafe UnsafePointer<hermit_free_block>(bitPattern: UInt(block))!
        // With heap=check there is none.
        let mark = unsafe machine_heap_view().pointee.mark
        return unsafe mark != 0 && block.pointee.mark == mark
    }
}
