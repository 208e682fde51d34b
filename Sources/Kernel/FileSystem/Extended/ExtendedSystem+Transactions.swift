import KernelSupport

/// Changes, in transactions.
extension ExtendedSystem {
    /// What a change needs.
    struct Need {
        /// Blocks with structures that it changes, at most.
        var changes: Int
        /// Blocks and inodes that it takes, at most; where there are so many only when
        /// freed ones count, the transaction that frees them is ended first.
        var blocks: UInt64 = 0
        var inodes: UInt64 = 0

        /// A name, what it is in, and what it names.
        static var name: Self { Self(changes: 48, blocks: 16, inodes: 1) }
        static var inode: Self { Self(changes: 4) }
        static var freeing: Self { Self(changes: 48) }
    }

    /// What a change does to names. Without a journal what adds names and what takes them
    /// away is not in one transaction, as the disk gets them in different orders.
    enum Names: Equatable {
        case stay
        /// Last: the next change is another transaction's.
        case adding(isLast: Bool)
        /// First: so is what was changed before.
        case removing(isFirst: Bool, isLast: Bool)
    }

    /// Runs `body`, whose changes are one transaction's.
    ///
    /// - Throws: What `body` throws; when it has changed something by then nothing is
    ///   changed any more. `EROFS`; `EIO`: what was changed before can't be written.
    func changing<Value>(
        _ need: Need, _ names: Names = .stay, _ body: () throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard !isReadOnly else { throw .readOnlyFileSystem }
        if journal == nil { try putInOrder(names) }
        if mustCommit(before: need) { try commit() }
        // What fails on the way would be a change that is half done.
        try freed.makeRoom(need.changes, memory)
        try journal?.makeRoom(need.changes)
        let (changes, taken) = (cache.changes, freed.blocks + freed.inodes)
        do throws(Errno) { return try body() } catch {
            if cache.changes != changes || freed.blocks + freed.inodes != taken {
                abort("a change was not done to its end; the disk is read-only now")
            }
            throw error
        }
    }

    /// Whether a change does not fit into the running transaction any more.
    private func mustCommit(before need: Need) -> Bool {
        let most = min(journal?.mostBlocks ?? cache.limit / 2, cache.attainable / 2)
        return cache.runningCount + freed.cost + 2 + need.changes > most || freed.count > 4096
            || (journal?.revokedCount ?? 0) + need.changes > (journal?.mostRevoked ?? .max)
            || freed.blocks > 0 && freeBlocks < need.blocks || freed.inodes > 0 && freeInodes < need.inodes
    }

    /// Whether an inode can be changed without waiting for the disk.
    var isInodeChangedAtOnce: Bool { !isReadOnly && !isOrderFull && !mustCommit(before: .inode) }

    /// Ends the running transaction where a change can't be in it.
    private func putInOrder(_ names: Names) throws(Errno) {
        var isOther = isOrderFull
        switch names {
        case .stay: break
        case .adding: isOther = isOther || order == .removing
        case .removing(let isFirst, _): isOther = isOther || isFirst || order == .adding
        }
        if isOther, cache.runningCount > 0 || freed.count > 0 { try commit() }
        if isOther { (order, isOrderFull) = (.any, false) }
        switch names {
        case .stay: break
        case .adding(let isLast): (order, isOrderFull) = (.adding, isLast)
        case .removing(_, let isLast): (order, isOrderFull) = (.removing, isLast)
        }
    }

    /// Nothing is changed any more; what was not committed never gets to the disk.
    func abort(_ words: StaticString) {
        guard !isAborted else { return }
        isAborted = true
        isReadOnly = true
        report(words)
    }

    /// Ends the running transaction: what was changed so far lasts when this returns.
    ///
    /// - Returns: Whether the device was told to flush.
    /// - Throws: `EIO`.
    @discardableResult
    func commit() throws(Errno) -> Bool {
        guard !isAborted else { throw .inputOutputError }
        // Whoever is named by the transaction is there before it.
        try cache.writeContents()
        do throws(Errno) {
            try freeAll()
            guard cache.runningCount > 0 else { return false }
            try tellCounts()
            if let journal {
                try journal.commit(now: host.now)
            } else {
                try writeInOrder()
            }
        } catch {
            abort("the disk can't be written to; it is read-only now")
            throw error
        }
        return true
    }

    /// What was freed is free.
    private func freeAll() throws(Errno) {
        var index = 0
        while index < freed.count {
            let range = freed[index]
            switch range.kind {
            case .blocks: try setFree(range.start, count: range.count)
            case .inode: try setInodeFree(range.start, isDirectory: false)
            case .directory: try setInodeFree(range.start, isDirectory: true)
            }
            index += 1
        }
        freed.clear()
    }

    private func tellCounts() throws(Errno) {
        guard freeBlocks != toldFreeBlocks || freeInodes != toldFreeInodes else { return }
        try changeSuperblock { bytes, start in
            _ = bytes.store(UInt32(truncatingIfNeeded: freeBlocks), at: start + ExtendedSuperblock.freeBlocksPlace)
            _ = bytes.store(UInt32(truncatingIfNeeded: freeInodes), at: start + ExtendedSuperblock.freeInodesPlace)
        }
        (toldFreeBlocks, toldFreeInodes) = (freeBlocks, freeInodes)
    }

    /// Changes the superblock, as part of the transaction.
    func changeSuperblock(_ body: (inout MutableRawSpan, UInt64) -> Void) throws(Errno) {
        try cache.change(superblock.block, as: .structure(isNew: false)) { (bytes) in
            body(&bytes, UInt64(superblock.placeInBlock))
        }
    }

    /// Without a journal: first what nothing names yet. Then, where names were added, the
    /// directories, and all else after them; where names were taken away, the directories
    /// last, one after the other. Wherever that ends, `e2fsck -p` knows what to do: a name
    /// without a file goes, and what is counted is counted again; a file that has no name, or
    /// too many, and is not marked as deleted would have to be asked about.
    private func writeInOrder() throws(Errno) {
        try write { $0.contains(.isNew) }
        try host.flush()
        func isEntries(_ state: CachedState) -> Bool { state.contains(.isDirectory) && !state.contains(.isNew) }
        func isElse(_ state: CachedState) -> Bool { state.isDisjoint(with: [.isDirectory, .isNew]) }
        if order == .adding {
            if try write(isEntries) { try host.flush() }
            try write(isElse)
        } else {
            if try write(isElse) { try host.flush() }
            try write(flushesEach: true, isEntries)
        }
        try host.flush()
        cache.commit(isJournaled: false)
        (order, isOrderFull) = (.any, false)
    }

    /// Writes some of the transaction's blocks to their places, in the order of their change.
    ///
    /// - Returns: Whether there are any.
    @discardableResult
    private func write(flushesEach: Bool = false, _ isMeant: (CachedState) -> Bool) throws(Errno) -> Bool {
        var isAny = false
        var next = cache.nextRunning(after: nil)
        while let index = next {
            if isMeant(cache.state(at: index)) {
                if isAny, flushesEach { try host.flush() }
                try cache.writeRunning(at: index)
                isAny = true
            }
            next = cache.nextRunning(after: index)
        }
        return isAny
    }

    /// Everything that was changed lasts when this returns (`sync`).
    ///
    /// - Throws: `EIO`.
    public func synchroniseAll() throws(Errno) {
        guard !isReadOnly else {
            if isAborted { throw .inputOutputError }
            return
        }
        if try !commit() { try host.flush() }
    }

    public func synchronise(_ inode: Inode) throws(Errno) {
        _ = try node(inode)
        try synchroniseAll()
    }
}
