import KernelSupport

/// Writing later: who writes a file in order in small pieces has many of them sent at a time.
///
/// The server knows of them some milliseconds later at the latest (`sendDue`), and before anything
/// else is asked or done with the file here: so there is one file for whoever has it open, and its
/// size and times are the server's. It also knows of them before a name is made or taken away, so
/// that a file which says that another is written does not come before it.
///
/// What goes wrong then is kept with the file. The next write is told of it, once, and every
/// `synchronise` and `close`; with the last of those that have the file open, it is forgotten.
extension FuseSystem {
    // MARK: - Gathering

    /// Takes a piece, where it is one to be gathered.
    ///
    /// - Parameters:
    ///   - offset: `nil`: the file's end, which is the writer's own from then on, and told here.
    /// - Returns: How many bytes were taken, and where the last one ends; `nil`: none, and the piece
    ///   is to be sent by itself.
    func gather(
        _ inode: Inode, _ node: UInt64, _ handle: UInt64, at offset: inout Int64?, count: Int,
        _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64)? {
        let (wanted, limit) = (offset, channel.dataSize)
        var place = wanted
        let done = try channel.alone { () throws(Errno) -> (count: Int, end: Int64)? in
            guard !gatherings.isOver else { return nil }
            // What went wrong while this was waited for: nothing goes behind what is not there.
            try report(inode, ifNew: true)
            var known = gatherings.place(of: inode)
            if wanted == nil {
                // The server is asked for the end, and knows it when all was sent.
                if let index = known, try !isEndKnown(inode) {
                    send(index)
                    known = nil
                }
                place = try self.place(inode, nil, count).start
            }
            guard let start = place, start >= 0, start <= Int64.max - Int64(limit) else { return nil }
            if let index = known, let gathering = gatherings[index],
                gathering.end != start || gathering.count + count > limit
            {
                send(index)
                known = nil
                try report(inode, ifNew: true)
            }
            if known == nil { known = try begin(inode, node, handle, at: start) }
            guard let index = known else { return nil }
            return try add(count, to: index, body)
        }
        offset = place
        return done
    }

    private func isEndKnown(_ inode: Inode) throws(Errno) -> Bool {
        let now = channel.now
        return try withNodes { (nodes) throws(Errno) in try nodes.node(inode).record.file.sizeExpiry > now }
    }

    /// Begins one, where the file is written in order; who calls has the channel alone.
    private func begin(_ inode: Inode, _ node: UInt64, _ handle: UInt64, at start: Int64) throws(Errno) -> Int? {
        guard try withNodes({ (nodes) throws(Errno) in try nodes.node(inode).record.file.nextWrite == start })
        else { return nil }
        let index = gatherings.placeForMore
        send(index)
        let deadline = channel.now &+ FuseGatherings.patience
        guard let buffer = channel.takeAnother() else { return nil }
        guard channel.keep(buffer) else {
            channel.give(buffer)
            return nil
        }
        let number = buffer.number
        guard channel.expectDue(at: deadline) else {
            channel.giveKept(buffer)
            return nil
        }
        gatherings[index] = FuseGathering(
            buffer: number, inode: inode, node: node, handle: handle, start: start, deadline: deadline)
        try withNodes { (nodes) in nodes.gather(inode) }
        return index
    }

    /// Adds a piece; who calls has the channel alone.
    private func add(
        _ count: Int, to index: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        guard var gathering = gatherings[index] else { throw .inputOutputError }
        let filled = channel.withData(
            FuseBuffer(number: gathering.buffer), from: gathering.count, count: count, body)
        gathering.count += filled
        gatherings[index] = gathering
        let end = gathering.end
        try withNodes { (nodes) in
            nodes.update(gathering.inode) { file in
                file.nextWrite = end
                if end > file.size { file.size = end }
                // What was reserved at the end is not there.
                if filled < count { file.sizeExpiry = 0 }
            }
        }
        if filled < count || gathering.count == channel.dataSize {
            send(index)
            try report(gathering.inode, ifNew: true)
        }
        return (filled, end)
    }

    // MARK: - Sending

    /// The server knows of all that was written to a file.
    func settle(_ inode: Inode) {
        let isGathered = try? withNodes { (nodes) throws(Errno) in try nodes.node(inode).record.file.isGathered }
        if isGathered == true { settleGathered(inode) }
    }

    @inline(never)
    func settleGathered(_ inode: Inode) {
        try? channel.alone { () throws(Errno) in
            if let index = gatherings.place(of: inode) { send(index) }
        }
    }

    /// The same of all files.
    func settleAll() {
        let isAny = try? withNodes { (nodes) in nodes.gathered > 0 }
        guard isAny == true else { return }
        try? channel.alone { () throws(Errno) in
            while let index = gatherings.any { send(index) }
        }
    }

    /// Sends what has waited for long enough.
    ///
    /// - Returns: When the next is to be sent; `.max`: there is none.
    public func sendDue() -> UInt64 {
        let next = try? channel.alone { () throws(Errno) in
            let now = channel.now
            while let index = gatherings.due(at: now) { send(index) }
            return gatherings.nextDeadline
        }
        return next ?? .max
    }

    /// Sends everything; what comes then is sent at once.
    public func endGathering() {
        try? channel.alone { () throws(Errno) in
            gatherings.isOver = true
            while let index = gatherings.any { send(index) }
        }
    }

    /// Sends one, and keeps what goes wrong with the file; who calls has the channel alone.
    private func send(_ index: Int) {
        guard let gathering = gatherings[index] else { return }
        gatherings[index] = nil
        var failure: Errno? = nil
        do throws(Errno) {
            try changing(names: false) { () throws(Errno) in
                do throws(Errno) { try write(gathering) } catch { failure = error }
                try withNodes { (nodes) in nodes.sent(gathering.inode, failure) }
            }
        } catch {}
        channel.giveKept(FuseBuffer(number: gathering.buffer))
    }

    /// Has the server write all of it.
    private func write(_ gathering: FuseGathering) throws(Errno) {
        let buffer = FuseBuffer(number: gathering.buffer)
        var (start, left) = (gathering.start, gathering.count)
        while left > 0 {
            let (place, size) = (UInt64(start), left)
            let unique = try channel.begin(buffer, .write, gathering.node, answer: 8, dataOut: size) {
                arguments, bytes in
                Self.addRead(gathering.handle, place, size, &arguments, &bytes)
            }
            let written = try channel.end(buffer, unique: unique, answer: 8) { (bytes, _) throws(Errno) in
                guard let written = bytes.value(at: 0, as: UInt32.self), written > 0, Int(written) <= size else {
                    throw .inputOutputError
                }
                return Int(written)
            }
            start += Int64(written)
            left -= written
            // The rest is sent from the buffer's start.
            guard left > 0 else { return }
            _ = channel.withData(buffer, from: 0, count: size) { bytes in
                for offset in 0..<size - written {
                    if let byte = bytes.bytes.value(at: UInt64(offset + written), as: UInt8.self) {
                        _ = bytes.store(byte, at: UInt64(offset))
                    }
                }
                return size - written
            }
        }
    }

    // MARK: - What has gone wrong

    /// Says what has gone wrong with what was written before.
    ///
    /// - Parameter isNew: Only where nobody was told.
    func report(_ inode: Inode, ifNew isNew: Bool = false) throws(Errno) {
        let failure = try withNodes { (nodes) in nodes.failure(of: inode, ifNew: isNew) }
        if let failure { throw failure }
    }
}
