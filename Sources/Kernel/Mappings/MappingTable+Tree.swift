import KernelSupport

/// The balanced tree: the heights on both sides of a record differ by one at
/// most (G. Adelson-Velsky, E. Landis). A change is a call for each level, 36
/// of them for ten million mappings.
extension MappingTable {
    subscript(index: UInt32) -> MappingRecord {
        @inline(__always) _read { yield records[Int(index)] }
        @inline(__always) nonmutating _modify { yield &records[Int(index)] }
    }

    private func height(_ index: UInt32) -> Int {
        index == MappingRecord.none ? 0 : Int(self[index].height)
    }

    /// Computes what a record knows of those below it.
    func update(_ index: UInt32) {
        var record = self[index]
        record.height = UInt8(max(height(record.left), height(record.right)) + 1)
        record.lowest = record.start
        record.highest = record.end
        record.gap = 0
        record.hasTouchable = record.mapping.contents.isTouchable
        if record.left != MappingRecord.none {
            let left = self[record.left]
            record.lowest = left.lowest
            record.hasTouchable = record.hasTouchable || left.hasTouchable
            record.gap = max(left.gap, record.start - left.highest)
        }
        if record.right != MappingRecord.none {
            let right = self[record.right]
            record.highest = right.highest
            record.hasTouchable = record.hasTouchable || right.hasTouchable
            record.gap = max(record.gap, right.gap, right.lowest - record.end)
        }
        self[index] = record
    }

    // MARK: - What may be touched

    /// The highest mapping that may be touched and starts in front of `address`.
    func lastTouchable(startingBefore address: UInt64) -> Mapping? {
        lastTouchable(startingBefore: address, from: root)
    }

    private func lastTouchable(startingBefore address: UInt64, from index: UInt32) -> Mapping? {
        guard index != MappingRecord.none, self[index].hasTouchable else { return nil }
        let record = self[index]
        guard record.start < address else {
            return lastTouchable(startingBefore: address, from: record.left)
        }
        // Only one of the calls along the way can find nothing in records that
        // it looks at one by one: all but one are wholly in front of the address.
        if let mapping = lastTouchable(startingBefore: address, from: record.right) { return mapping }
        if record.mapping.contents.isTouchable { return record.mapping }
        return lastTouchable(startingBefore: address, from: record.left)
    }

    /// The lowest mapping that may be touched and ends behind `address`.
    func firstTouchable(endingAfter address: UInt64) -> Mapping? {
        firstTouchable(endingAfter: address, from: root)
    }

    private func firstTouchable(endingAfter address: UInt64, from index: UInt32) -> Mapping? {
        guard index != MappingRecord.none, self[index].hasTouchable else { return nil }
        let record = self[index]
        guard record.end > address else {
            return firstTouchable(endingAfter: address, from: record.right)
        }
        if let mapping = firstTouchable(endingAfter: address, from: record.left) { return mapping }
        if record.mapping.contents.isTouchable { return record.mapping }
        return firstTouchable(endingAfter: address, from: record.right)
    }

    // MARK: - Balance

    /// The subtree with its right child as its root.
    private func rotatedLeft(_ index: UInt32) -> UInt32 {
        let risen = self[index].right
        self[index].right = self[risen].left
        self[risen].left = index
        update(index)
        update(risen)
        return risen
    }

    /// The subtree with its left child as its root.
    private func rotatedRight(_ index: UInt32) -> UInt32 {
        let risen = self[index].left
        self[index].left = self[risen].right
        self[risen].right = index
        update(index)
        update(risen)
        return risen
    }

    /// The subtree's root, once one of its sides may be two levels higher than the other.
    private func balanced(_ index: UInt32) -> UInt32 {
        let (left, right) = (self[index].left, self[index].right)
        let difference = height(left) - height(right)
        if difference > 1 {
            if height(self[left].left) < height(self[left].right) {
                self[index].left = rotatedLeft(left)
            }
            return rotatedRight(index)
        }
        if difference < -1 {
            if height(self[right].right) < height(self[right].left) {
                self[index].right = rotatedRight(right)
            }
            return rotatedLeft(index)
        }
        update(index)
        return index
    }

    /// The root of the subtree at `root` with one more record.
    func inserting(_ index: UInt32, into root: UInt32) -> UInt32 {
        guard root != MappingRecord.none else { return index }
        if self[index].start < self[root].start {
            self[root].left = inserting(index, into: self[root].left)
        } else {
            self[root].right = inserting(index, into: self[root].right)
        }
        return balanced(root)
    }

    /// The root of the subtree at `root` without the record that starts at
    /// `start`, which is there.
    func removing(_ start: UInt64, from root: UInt32, _ removed: inout UInt32) -> UInt32 {
        let (left, right) = (self[root].left, self[root].right)
        if start < self[root].start {
            self[root].left = removing(start, from: left, &removed)
        } else if start > self[root].start {
            self[root].right = removing(start, from: right, &removed)
        } else {
            removed = root
            if left == MappingRecord.none { return right }
            if right == MappingRecord.none { return left }
            var next = MappingRecord.none
            let rest = removingLowest(from: right, &next)
            self[next].left = left
            self[next].right = rest
            return balanced(next)
        }
        return balanced(root)
    }

    private func removingLowest(from root: UInt32, _ lowest: inout UInt32) -> UInt32 {
        guard self[root].left != MappingRecord.none else {
            lowest = root
            return self[root].right
        }
        self[root].left = removingLowest(from: self[root].left, &lowest)
        return balanced(root)
    }
}
