import KernelSupport

/// Open files: handles of the server's, and what goes through them.
///
/// A file has one handle for reading and one for reading and writing, however often it is
/// open here.
extension FuseSystem {
    static var openAnswer: Int { 16 }

    /// Linux's flags: O_RDWR, O_CREAT, O_EXCL.
    static func openFlags(_ purpose: OpenPurpose) -> UInt32 { purpose == .writing ? 2 : 0 }
    static var create: UInt32 { 0o100 }
    static var exclusive: UInt32 { 0o200 }

    public func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno) {
        if purpose != .keeping {
            switch inode.kind {
            case .regular, .directory: break
            case .symbolicLink: throw .tooManySymbolicLinkLevels
            // What they stand for is on the host.
            default: throw .noSuchAddressOrDevice
            }
            guard purpose == .reading || !isReadOnly else { throw .readOnlyFileSystem }
        }
        let (identity, reading, writing) = try withNodes { (nodes) throws(Errno) in
            guard nodes.keep(inode) else { throw .noSuchFileOrDirectory }
            let node = try nodes.node(inode)
            // Who opens a file sees what others have made of it until then.
            if purpose != .keeping { node.record.file.changes &+= 1 }
            return (node.record.file.identity, node.record.file.reading, node.record.file.writing)
        }
        do throws(Errno) {
            switch purpose {
            case .keeping: return
            case .reading: if reading != nil { return }
            case .writing: if writing != nil { return }
            }
            let (handle, isDirect) = try channel.call(
                inode.isDirectory ? .openDirectory : .open, identity, answer: Self.openAnswer
            ) { arguments, bytes in
                arguments.add(Self.openFlags(purpose), to: &bytes)
                arguments.add(UInt32(0), to: &bytes)
            } _: { (bytes) throws(Errno) in
                guard let handle = bytes.value(at: 0, as: UInt64.self), let flags = bytes.value(at: 8, as: UInt32.self)
                else { throw .inputOutputError }
                return (handle, flags & 1 != 0)
            }
            // Another task may have been faster.
            let surplus: UInt64? = try withNodes { (nodes) in
                var surplus: UInt64? = nil
                nodes.update(inode) { node in
                    node.isDirect = isDirect
                    if purpose == .writing {
                        if node.writing == nil { node.writing = handle } else { surplus = handle }
                    } else {
                        if node.reading == nil { node.reading = handle } else { surplus = handle }
                    }
                }
                return surplus
            }
            if let surplus { release(surplus, inode, identity) }
        } catch {
            try? close(inode)
            throw error
        }
    }

    private func release(_ handle: UInt64, _ inode: Inode, _ node: UInt64) {
        try? channel.call(inode.isDirectory ? .releaseDirectory : .release, node) { arguments, bytes in
            arguments.add(handle, to: &bytes)
            arguments.add(UInt64(0), to: &bytes)
            arguments.add(UInt64(0), to: &bytes)
        } _: { (_) in }
    }

    public func close(_ inode: Inode) throws(Errno) {
        settle(inode)
        let (identity, reading, writing, failure) = try withNodes { (nodes) throws(Errno) in
            let identity = try nodes.node(inode).record.file.identity
            let failure = nodes.failure(of: inode, ifNew: false)
            let (reading, writing) = nodes.release(inode)
            return (identity, reading, writing, failure)
        }
        if reading != nil || writing != nil { dropWindows(of: inode) }
        if let reading { release(reading, inode, identity) }
        if let writing {
            // Of another task that was writing yet.
            settle(inode)
            release(writing, inode, identity)
        }
        if let failure { throw failure }
    }

    /// What a file is known by that is open.
    ///
    /// - Throws: `EBADF`: it is not open for that.
    private func handle(_ inode: Inode, writes: Bool) throws(Errno) -> (node: UInt64, handle: UInt64) {
        let (identity, handle, isGathered) = try withNodes { (nodes) throws(Errno) in
            let node = try nodes.node(inode)
            guard let handle = writes ? node.record.file.writing : node.record.file.anyHandle else {
                throw .badFileDescriptor
            }
            return (node.record.file.identity, handle, node.record.file.isGathered)
        }
        if isGathered { settleGathered(inode) }
        return (identity, handle)
    }

    /// The same for a write: what has gone wrong before is told, and a piece that may be gathered
    /// goes behind what was.
    private func writer(
        _ inode: Inode, at offset: Int64?, count: Int
    ) throws(Errno) -> (node: UInt64, handle: UInt64, gathers: Bool) {
        let (identity, handle, failure, gathers, isGathered) = try withNodes { (nodes) throws(Errno) in
            let place = try nodes.node(inode)
            guard let handle = place.record.file.writing else { throw .badFileDescriptor }
            let failure = place.record.file.failure == 0 ? nil : nodes.failure(of: inode, ifNew: true)
            let last = place.record.file.nextWrite
            let gathers = count <= min(FuseGatherings.mostPiece, channel.dataSize) && !place.record.file.isDirect && last >= 0
                && (place.record.file.isGathered || offset ?? last == last)
            return (place.record.file.identity, handle, failure, gathers, place.record.file.isGathered)
        }
        if let failure { throw failure }
        if isGathered, !gathers { settleGathered(inode) }
        return (identity, handle, gathers)
    }

    // MARK: - Entries

    public func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) {
        guard directory.isDirectory else { throw .notDirectory }
        let (node, handle) = try handle(directory, writes: false)
        var position: UInt64? = position
        while let start = position {
            let size = min(channel.dataSize, Self.entriesSize)
            let isEnd = try channel.withBuffer { (buffer) throws(Errno) in
                let unique = try channel.begin(buffer, .readDirectory, node, answer: 0, dataIn: size) {
                    arguments, bytes in
                    Self.addRead(handle, start, size, &arguments, &bytes)
                }
                return try channel.end(buffer, unique: unique, answer: 0) { (_, data) throws(Errno) in
                    if data.byteCount == 0 { return true }
                    position = try FuseDirectory.read(data, from: start, body)
                    return false
                }
            }
            if isEnd { return }
        }
    }

    /// Bytes of entries that are asked for at once.
    private static var entriesSize: Int { 16_384 }

    static func addRead(
        _ handle: UInt64, _ offset: UInt64, _ size: Int, _ arguments: inout FuseArguments,
        _ bytes: inout MutableRawSpan
    ) {
        arguments.add(handle, to: &bytes)
        arguments.add(offset, to: &bytes)
        arguments.add(UInt32(size), to: &bytes)
        arguments.add(UInt32(0), to: &bytes)
        arguments.add(UInt64(0), to: &bytes)
        arguments.add(UInt32(0), to: &bytes)
        arguments.add(UInt32(0), to: &bytes)
    }

    // MARK: - Contents

    /// What is read or written lies in as many buffers as the task may have, whose requests
    /// are with the server at the same time.
    private struct Flight: ~Copyable {
        var buffer: FuseBuffer
        var unique: UInt64
        var size: Int
    }

    public func read(
        _ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan
    ) throws(Errno) -> Int { throw .inputOutputError }

    public func read(
        _ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        guard inode.kind == .regular else { throw inode.isDirectory ? .isDirectory : .invalidArgument }
        guard count > 0, offset >= 0 else { return 0 }
        let (node, handle) = try handle(inode, writes: false)
        let wanted = Int(min(Int64(count), Int64.max - offset))
        let (known, goesOn) = try readAhead(inode, node, handle, at: offset, count: wanted, body)
        guard goesOn else { return known }
        do throws(Errno) {
            let done = known + (try read(
                node, handle, at: offset + Int64(known), count: wanted - known, body))
            try withNodes { (nodes) in nodes.update(inode) { $0.nextRead = offset + Int64(done) } }
            return done
        } catch {
            if known > 0 { return known }
            throw error
        }
    }

    /// Reads what was not read ahead.
    private func read(
        _ node: UInt64, _ handle: UInt64, at offset: Int64, count wanted: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        var flights: InlineArray<8, Flight?> = InlineArray { _ in nil }
        let depth = min(channel.depth, 8)
        var (sent, first, inFlight, done) = (0, 0, 0, 0)
        var isEnd = false
        var failure: Errno? = nil
        while inFlight > 0 || (!isEnd && sent < wanted) {
            // As many as there are buffers for; one is waited for.
            while !isEnd, sent < wanted, inFlight < depth {
                let size = min(channel.dataSize, wanted - sent)
                let start = UInt64(offset) + UInt64(sent)
                do throws(Errno) {
                    guard let buffer = inFlight == 0 ? try channel.take() : channel.takeAnother() else { break }
                    do throws(Errno) {
                        let unique = try channel.begin(buffer, .read, node, answer: 0, dataIn: size) {
                            arguments, bytes in
                            Self.addRead(handle, start, size, &arguments, &bytes)
                        }
                        flights[(first + inFlight) % 8] = Flight(buffer: buffer, unique: unique, size: size)
                    } catch {
                        channel.give(buffer)
                        throw error
                    }
                } catch {
                    (failure, isEnd) = (error, true)
                    break
                }
                sent += size
                inFlight += 1
            }
            guard let flight = flights[first % 8].take() else { break }
            first += 1
            inFlight -= 1
            if !isEnd {
                do throws(Errno) {
                    let (given, taken) = try channel.end(flight.buffer, unique: flight.unique, answer: 0) {
                        (_, data) throws(Errno) -> (Int, Int) in
                        guard data.byteCount <= flight.size else { throw .inputOutputError }
                        return (data.byteCount, data.byteCount > 0 ? body(data) : 0)
                    }
                    done += taken
                    if taken < given || given < flight.size { isEnd = true }
                } catch {
                    (failure, isEnd) = (error, true)
                }
            }
            channel.give(flight.buffer)
        }
        if done == 0, let failure { throw failure }
        return done
    }

    public func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        guard inode.kind == .regular else { throw inode.isDirectory ? .isDirectory : .invalidArgument }
        guard count > 0 else {
            guard let offset else { return (0, try attributes(of: inode, mayBeOld: false).size) }
            return (0, offset)
        }
        let (node, handle, gathers) = try writer(inode, at: offset, count: count)
        var offset = offset
        if gathers {
            if let done = try gather(inode, node, handle, at: &offset, count: count, body) { return done }
            settle(inode)
        }
        let (start, wanted) = try place(inode, offset, count)
        try withNodes { (nodes) in nodes.update(inode) { $0.changes &+= 1 } }
        return try changing(names: false) { () throws(Errno) in
            var done = 0
            var failure: Errno? = nil
            write(node, handle, at: start, count: wanted, &done, &failure, body)
            let end = start + Int64(done)
            try withNodes { (nodes) in
                nodes.expire(inode)
                nodes.update(inode) { node in
                    if end > node.size { node.size = end }
                    node.nextWrite = end
                    node.changes &+= 1
                    // What was reserved at the end may be there, or not.
                    if done < wanted { node.sizeExpiry = 0 }
                }
            }
            if done == 0, let failure { throw failure }
            return (done, end)
        }
    }

    /// Where a write starts, and how much it may be. The file's end is the writer's own from
    /// then on, so that what others append lies behind it.
    func place(
        _ inode: Inode, _ offset: Int64?, _ count: Int
    ) throws(Errno) -> (start: Int64, count: Int) {
        if let offset {
            guard offset >= 0 else { throw .invalidArgument }
            guard offset < Int64.max else { throw .fileTooLarge }
            return (offset, Int(min(Int64(count), Int64.max - offset)))
        }
        while true {
            let now = channel.now
            let known: Int64? = try withNodes { (nodes) throws(Errno) in
                let node = try nodes.node(inode)
                guard node.record.file.sizeExpiry > now else { return nil }
                let size = node.record.file.size
                let (end, isLarge) = size.addingReportingOverflow(Int64(count))
                guard !isLarge else { throw .fileTooLarge }
                node.record.file.size = end
                return size
            }
            if let known { return (known, count) }
            let moment = try moment()
            let size = try attributesAtServer(of: inode, mayBeOld: false).size
            try withNodes { (nodes) in
                let isQuiet = nodes.isUnchanged(since: moment)
                nodes.update(inode) { node in
                    if node.sizeExpiry <= now {
                        // What others write may be there already, or not.
                        node.size = isQuiet && !node.isGathered ? size : max(size, node.size)
                        node.sizeExpiry = now &+ Self.appendValidity
                    }
                }
            }
        }
    }

    /// For so long who appends believes the size that was told last, in nanoseconds.
    private static var appendValidity: UInt64 { 1_000_000_000 }

    private func write(
        _ node: UInt64, _ handle: UInt64, at start: Int64, count: Int, _ done: inout Int,
        _ failure: inout Errno?, _ body: (inout MutableRawSpan) -> Int
    ) {
        var flights: InlineArray<8, Flight?> = InlineArray { _ in nil }
        let depth = min(channel.depth, 8)
        var (sent, first, inFlight) = (0, 0, 0)
        // No more is sent; nothing that comes back counts.
        var (isEnd, isOver) = (false, false)
        while inFlight > 0 || (!isEnd && sent < count) {
            while !isEnd, sent < count, inFlight < depth {
                let most = min(channel.dataSize, count - sent)
                let place = UInt64(start) + UInt64(sent)
                do throws(Errno) {
                    guard let buffer = inFlight == 0 ? try channel.take() : channel.takeAnother() else { break }
                    let size = channel.withData(buffer, from: 0, count: most, body)
                    if size < most { isEnd = true }
                    guard size > 0 else {
                        channel.give(buffer)
                        break
                    }
                    do throws(Errno) {
                        let unique = try channel.begin(buffer, .write, node, answer: 8, dataOut: size) {
                            arguments, bytes in
                            Self.addRead(handle, place, size, &arguments, &bytes)
                        }
                        flights[(first + inFlight) % 8] = Flight(buffer: buffer, unique: unique, size: size)
                    } catch {
                        channel.give(buffer)
                        throw error
                    }
                    sent += size
                    inFlight += 1
                } catch {
                    failure = failure ?? error
                    isEnd = true
                }
            }
            guard let flight = flights[first % 8].take() else { break }
            first += 1
            inFlight -= 1
            do throws(Errno) {
                let written = try channel.end(flight.buffer, unique: flight.unique, answer: 8) {
                    (bytes, _) throws(Errno) in
                    guard let written = bytes.value(at: 0, as: UInt32.self), Int(written) <= flight.size else {
                        throw .inputOutputError
                    }
                    return Int(written)
                }
                if !isOver { done += written }
                if written < flight.size { (isEnd, isOver) = (true, true) }
            } catch {
                failure = failure ?? error
                (isEnd, isOver) = (true, true)
            }
            channel.give(flight.buffer)
        }
    }

    // MARK: - The rest

    public func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        guard inode.kind == .regular else { throw .invalidArgument }
        guard offset >= 0 else { throw .noSuchAddressOrDevice }
        let (node, handle) = try handle(inode, writes: false)
        return try channel.call(.seek, node, answer: 8) { arguments, bytes in
            arguments.add(handle, to: &bytes)
            arguments.add(offset, to: &bytes)
            arguments.add(UInt32(data ? 3 : 4), to: &bytes)
            arguments.add(UInt32(0), to: &bytes)
        } _: { (bytes) throws(Errno) in
            guard let place = bytes.value(at: 0, as: Int64.self), place >= offset else { throw .inputOutputError }
            return place
        }
    }

    public func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno) {
        guard inode.kind == .regular else { throw .operationNotSupportedByDevice }
        let (node, handle) = try handle(inode, writes: true)
        try withNodes { (nodes) in nodes.update(inode) { $0.changes &+= 1 } }
        try changing(names: false) { () throws(Errno) in
            try channel.call(.reserve, node) { arguments, bytes in
                arguments.add(handle, to: &bytes)
                arguments.add(offset, to: &bytes)
                arguments.add(count, to: &bytes)
                arguments.add(UInt64(0), to: &bytes)
            } _: { (_) in }
            try withNodes { (nodes) in
                nodes.expire(inode)
                nodes.update(inode) {
                    $0.sizeExpiry = 0
                    $0.changes &+= 1
                }
            }
        }
    }

    public func synchronise(_ inode: Inode) throws(Errno) {
        let (node, handle) = try handle(inode, writes: false)
        try channel.call(inode.isDirectory ? .synchroniseDirectory : .synchronise, node) { arguments, bytes in
            arguments.add(handle, to: &bytes)
            arguments.add(UInt64(0), to: &bytes)
        } _: { (_) in }
        // Where each write is followed by this, none is worth being gathered.
        try withNodes { (nodes) in nodes.update(inode) { $0.nextWrite = -1 } }
        try report(inode)
    }

    public func writeBack(_ inode: Inode, pages: Range<UInt64>) throws(Errno) {
        settle(inode)
        try report(inode)
    }

    public func synchroniseAll() throws(Errno) { settleAll() }
}
