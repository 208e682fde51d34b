import KernelSupport

/// Blocks that get to the disk.
extension BlockCache {
    private func byteOffset(_ index: Int32) -> UInt64 {
        UInt64(place(index).record.number) << UInt64(blockShift)
    }

    /// Writes a block to its place, and those in front of and behind it that may be written.
    func writeRow(at index: Int32) throws(Errno) {
        let number = place(index).record.number
        func mayBeWritten(_ number: UInt32) -> Int32? {
            guard let index = find(number) else { return nil }
            let state = place(index).record.state
            return state.isDisjoint(with: [.isRunning, .isFreed]) && !state.isDisjoint(with: [.isWritten, .isCommitted])
                ? index : nil
        }
        let most = min(mostInRow, 64)
        var start = number
        while start > 0, Int(number - start) < most - 1, mayBeWritten(start - 1) != nil { start -= 1 }
        var row = InlineArray<64, Int32>(repeating: -1)
        var size = 0
        while size < most, let next = mayBeWritten(start + UInt32(size)) {
            row[size] = next
            size += 1
        }
        guard size > 0 else { return }
        try write(row, size, at: UInt64(start) << UInt64(blockShift))
        for place in 0..<size {
            let state = self.place(row[place]).record.state
            setState(state.subtracting([.isWritten, .isCommitted]), row[place])
        }
    }

    private func write(_ row: InlineArray<64, Int32>, _ size: Int, at offset: UInt64) throws(Errno) {
        try host.write(at: offset, count: size << Int(blockShift)) { bytes, at in
            var done = 0
            while done + blockSize <= bytes.byteCount {
                let index = (at + done) >> Int(blockShift)
                if index < size {
                    memory(row[index]).withBytes(0..<blockSize) { block in
                        _ = bytes.copy(block, at: 0, count: UInt64(blockSize), to: UInt64(done))
                    }
                }
                done += blockSize
            }
        }
    }

    /// Writes all contents of files.
    func writeContents() throws(Errno) {
        var index = firstChanged
        while index >= 0, writtenCount > 0 {
            if place(index).record.state.contains(.isWritten) {
                let earlier = place(index).record.earlier
                try writeRow(at: index)
                // All that is in front of it belongs to the transaction, and stays.
                index = earlier >= 0 ? place(earlier).record.later : firstChanged
            } else {
                index = place(index).record.later
            }
        }
    }

    /// The numbers of the running transaction's blocks, one by one: the first behind a place.
    func nextRunning(after index: Int32?) -> Int32? {
        var index = index.map { place($0).record.later } ?? firstChanged
        while index >= 0 {
            if place(index).record.state.contains(.isRunning) { return index }
            index = place(index).record.later
        }
        return nil
    }

    func number(at index: Int32) -> UInt32 { place(index).record.number }
    func state(at index: Int32) -> CachedState { place(index).record.state }
    func withBytes<Value>(at index: Int32, _ body: (RawSpan) -> Value) -> Value {
        memory(index).withBytes(0..<blockSize, body)
    }

    /// Writes a block of the running transaction to its place, where there is no journal.
    func writeRunning(at index: Int32) throws(Errno) {
        var row = InlineArray<64, Int32>(repeating: -1)
        row[0] = index
        try write(row, 1, at: byteOffset(index))
    }

    /// The running transaction is on the disk.
    ///
    /// - Parameter isJournaled: In the journal, but not in its place.
    func commit(isJournaled: Bool) {
        while let index = nextRunning(after: nil) {
            setState(isJournaled && !place(index).record.state.contains(.isFreed) ? .isCommitted : [], index)
        }
        guard freedCount > 0 else { return }
        for index in 0..<Int32(count) where place(index).record.state.contains(.isFreed) { drop(index) }
    }

    /// Writes to its place whatever is committed.
    func writeCommitted() throws(Errno) {
        for index in 0..<Int32(count) where place(index).record.state.contains(.isCommitted) {
            try writeRow(at: index)
        }
    }

    /// Forgets everything; what was not written will not be.
    func forgetAll() {
        for index in 0..<Int32(count) where place(index).record.number != .max { drop(index) }
    }
}
