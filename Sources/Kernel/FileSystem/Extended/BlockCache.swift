import KernelSupport

/// Blocks of the disk in memory: so many at most, those that were used last.
///
/// What was changed is in one of two states. Contents of files may be written at any time.
/// Everything else belongs to the running transaction, and stays until that is committed.
final class BlockCache {
    let host: any ExtendedHost
    let blockShift: UInt32
    let limit: Int
    private var table = RecordTable<CachedBlock>()
    private var heads = RecordTable<Int32>()
    private var hashMask: UInt32 = 0
    private(set) var count = 0
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    /// What was changed, in that order.
    private(set) var firstChanged: Int32 = -1
    private var lastChanged: Int32 = -1
    /// Blocks of the running transaction, and blocks of files that are not on the disk.
    private(set) var runningCount = 0
    private(set) var writtenCount = 0
    private(set) var freedCount = 0
    /// Counts changes of structures.
    private(set) var changes: UInt64 = 0
    /// So many blocks there is memory for.
    private(set) var attainable: Int

    var blockSize: Int { 1 << Int(blockShift) }
    /// Blocks that are read or written in one go.
    var mostInRow: Int { max(262_144 >> Int(blockShift), 1) }

    init(_ host: any ExtendedHost, blockShift: UInt32, limit: Int) throws(ExtendedProblem) {
        self.host = host
        self.blockShift = blockShift
        self.limit = max(limit, Self.least)
        attainable = self.limit
        var size = 64
        while size < self.limit { size *= 2 }
        while Int(heads.capacity) < size {
            guard heads.grow(first: 4096, ExtendedMemory(host: host), filler: { -1 }) else {
                removeAll()
                throw .noMemory
            }
        }
        hashMask = UInt32(size - 1)
        // A transaction must find room for its blocks.
        while count < Self.least {
            guard count < Int(table.capacity) || table.grow(
                first: 4096, ExtendedMemory(host: host), filler: { CachedBlock() }),
                let memory = host.allocate(blockSize)
            else {
                removeAll()
                throw .noMemory
            }
            var block = CachedBlock()
            (block.number, block.memory) = (.max, memory)
            block.older = Int32(count) - 1
            block.newer = count + 1 < Self.least ? Int32(count) + 1 : -1
            table[count].record = block
            count += 1
        }
        (oldest, newest) = (0, Int32(count) - 1)
    }

    /// So many blocks there is memory for from the start.
    static var least: Int { 256 }

    /// Gives all memory back.
    func removeAll() {
        for index in 0..<count { if let memory = table[index].record.memory { host.free(memory) } }
        table.removeAll(ExtendedMemory(host: host))
        heads.removeAll(ExtendedMemory(host: host))
        (count, oldest, newest, firstChanged, lastChanged) = (0, -1, -1, -1, -1)
        (runningCount, writtenCount, freedCount) = (0, 0, 0)
    }

    // MARK: - Finding

    func place(_ index: Int32) -> RecordReference<CachedBlock> { table[Int(index)] }
    private func head(_ number: UInt32) -> Int { Int((number &* 0x9E37_79B1) >> 7 & hashMask) }

    func find(_ number: UInt32) -> Int32? {
        guard hashMask > 0 else { return nil }
        var index = heads[head(number)].record
        while index >= 0 {
            if place(index).record.number == number { return index }
            index = place(index).record.nextOfHash
        }
        return nil
    }

    func state(of number: UInt32) -> CachedState? { find(number).map { place($0).record.state } }

    private func link(_ index: Int32) {
        let place = place(index)
        let head = heads[head(place.record.number)]
        place.record.nextOfHash = head.record
        head.record = index
        place.record.older = newest
        place.record.newer = -1
        if newest >= 0 { self.place(newest).record.newer = index } else { oldest = index }
        newest = index
    }

    private func unlinkFromUse(_ index: Int32) {
        let (older, newer) = (place(index).record.older, place(index).record.newer)
        if older >= 0 { place(older).record.newer = newer } else { oldest = newer }
        if newer >= 0 { place(newer).record.older = older } else { newest = older }
    }

    private func unlink(_ index: Int32) {
        unlinkFromUse(index)
        let head = heads[head(place(index).record.number)]
        if head.record == index {
            head.record = place(index).record.nextOfHash
            return
        }
        var current = head.record
        while current >= 0 {
            if place(current).record.nextOfHash == index {
                place(current).record.nextOfHash = place(index).record.nextOfHash
                return
            }
            current = place(current).record.nextOfHash
        }
    }

    private func touch(_ index: Int32) {
        guard newest != index else { return }
        unlinkFromUse(index)
        place(index).record.older = newest
        place(index).record.newer = -1
        if newest >= 0 { place(newest).record.newer = index } else { oldest = index }
        newest = index
    }

    // MARK: - Room

    /// A place that was not there before; `nil`: there are enough, or no memory is left.
    private func newPlace(_ number: UInt32) -> Int32? {
        guard count < attainable else { return nil }
        guard count < Int(table.capacity) || table.grow(
            first: 4096, ExtendedMemory(host: host), filler: { CachedBlock() }),
            let memory = host.allocate(blockSize)
        else {
            attainable = max(count, Self.least)
            return nil
        }
        let index = Int32(count)
        count += 1
        place(index).record = CachedBlock()
        place(index).record.number = number
        place(index).record.memory = memory
        link(index)
        return index
    }

    /// A place for a block, with memory.
    ///
    /// - Throws: `ENOMEM`; `EIO`: what was there can't be written.
    private func room(_ number: UInt32) throws(Errno) -> Int32 {
        if oldest < 0 || place(oldest).record.number != .max, let index = newPlace(number) { return index }
        var index = oldest
        while index >= 0 {
            let state = place(index).record.state
            if place(index).record.pins == 0, state.isDisjoint(with: [.isRunning, .isFreed]) { break }
            index = place(index).record.newer
        }
        guard index >= 0 else { throw .noMemory }
        if !place(index).record.state.isEmpty { try writeRow(at: index) }
        unlink(index)
        place(index).record.number = number
        place(index).record.state = []
        link(index)
        return index
    }

    /// Where there is a block that is read if it must be; and others behind it, if nothing
    /// is to be written for that.
    private func load(_ number: UInt32, ahead: Int) throws(Errno) -> Int32 {
        if let index = find(number) {
            touch(index)
            return index
        }
        let first = try room(number)
        place(first).record.pins += 1
        var row = InlineArray<64, Int32>(repeating: -1)
        row[0] = first
        var size = 1
        while size < min(ahead, mostInRow), size < 64, find(number + UInt32(size)) == nil,
            count < attainable || oldest >= 0 && place(oldest).record.state.isEmpty && place(oldest).record.pins == 0
        {
            guard let index = try? room(number + UInt32(size)) else { break }
            place(index).record.pins += 1
            row[size] = index
            size += 1
        }
        var failure: Errno? = nil
        do throws(Errno) {
            try host.read(at: UInt64(number) << UInt64(blockShift), count: size << Int(blockShift)) { bytes, at in
                var done = 0
                while done + blockSize <= bytes.byteCount {
                    let index = (at + done) >> Int(blockShift)
                    if index < size {
                        memory(row[index]).withMutableBytes(0..<blockSize) { block in
                            _ = block.copy(bytes, at: UInt64(done), count: UInt64(blockSize), to: 0)
                        }
                    }
                    done += blockSize
                }
            }
        } catch { failure = error }
        for index in 0..<size {
            place(row[index]).record.pins -= 1
            if failure != nil { drop(row[index]) }
        }
        if let failure {
            guard size > 1 else { throw failure }
            return try load(number, ahead: 1)
        }
        touch(first)
        return first
    }

    /// A block that holds nothing is the first to be used again.
    func drop(_ index: Int32) {
        setState([], index)
        unlink(index)
        // No block of a file system has this number, and it is not looked for.
        let place = place(index)
        place.record.number = .max
        place.record.nextOfHash = -1
        place.record.newer = oldest
        place.record.older = -1
        if oldest >= 0 { self.place(oldest).record.older = index } else { newest = index }
        oldest = index
    }

    func memory(_ index: Int32) -> MemoryBlock {
        guard let memory = place(index).record.memory else { preconditionFailure() }
        return memory
    }

    // MARK: - Reading

    /// Runs `body` with a block's bytes.
    ///
    /// - Parameter ahead: Blocks in a row that will be wanted.
    /// - Throws: `EIO`, `ENOMEM`.
    func read<Value>(
        _ number: UInt32, ahead: Int = 1, _ body: (RawSpan) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let index = try load(number, ahead: ahead)
        place(index).record.pins += 1
        defer { place(index).record.pins -= 1 }
        return try memory(index).withBytes(0..<blockSize, body)
    }

    // MARK: - Changing

    func setState(_ state: CachedState, _ index: Int32) {
        let old = place(index).record.state
        if old.contains(.isRunning) { runningCount -= 1 }
        if old.contains(.isWritten) { writtenCount -= 1 }
        if old.contains(.isFreed) { freedCount -= 1 }
        if state.contains(.isFreed) { freedCount += 1 }
        if state.contains(.isRunning) { runningCount += 1 }
        if state.contains(.isWritten) { writtenCount += 1 }
        place(index).record.state = state
        let (was, isChanged) = (!old.isDisjoint(with: .isChanged), !state.isDisjoint(with: .isChanged))
        if isChanged, !was {
            place(index).record.earlier = lastChanged
            place(index).record.later = -1
            if lastChanged >= 0 { place(lastChanged).record.later = index } else { firstChanged = index }
            lastChanged = index
        } else if was, !isChanged {
            let (earlier, later) = (place(index).record.earlier, place(index).record.later)
            if earlier >= 0 { place(earlier).record.later = later } else { firstChanged = later }
            if later >= 0 { place(later).record.earlier = earlier } else { lastChanged = earlier }
        }
    }

    /// What a block is changed as.
    enum Change {
        /// A file's contents; new: they were not the file's before.
        case contents(isNew: Bool)
        /// A structure; new: a block that nothing names yet.
        case structure(isNew: Bool)
        /// A directory's entries.
        case entries(isNew: Bool)
    }

    /// Runs `body` with a block's bytes, to be changed; a new one's are zero.
    ///
    /// - Throws: `EIO`, `ENOMEM`.
    func change<Value>(
        _ number: UInt32, as change: Change, _ body: (inout MutableRawSpan) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let index: Int32
        switch change {
        case .contents(isNew: true), .structure(isNew: true), .entries(isNew: true):
            if let known = find(number) { index = known } else { index = try room(number) }
            touch(index)
            memory(index).zero(0..<blockSize)
        default: index = try load(number, ahead: 1)
        }
        var state = place(index).record.state
        switch change {
        case .contents:
            // A damaged disk may have one block as both.
            if !state.contains(.isRunning) { state.insert(.isWritten) }
        case .structure(let isNew):
            changes &+= 1
            state.remove(.isWritten)
            state.insert(.isRunning)
            if isNew { state.insert(.isNew) }
        case .entries(let isNew):
            changes &+= 1
            state.remove(.isWritten)
            state.formUnion([.isRunning, .isDirectory])
            if isNew { state.insert(.isNew) }
        }
        setState(state, index)
        place(index).record.pins += 1
        defer { place(index).record.pins -= 1 }
        return try memory(index).withMutableBytes(0..<blockSize, body)
    }

    /// A block belongs to nobody any more, once the running transaction is committed.
    func free(_ number: UInt32) {
        guard let index = find(number) else { return }
        let state = place(index).record.state
        if state.contains(.isCommitted) {
            // If that never happens it must get to its place.
            setState([.isCommitted, .isFreed], index)
        } else {
            drop(index)
        }
    }
}
