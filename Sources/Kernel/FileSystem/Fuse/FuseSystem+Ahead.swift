import KernelSupport

/// Reading ahead: who reads a file in order in small pieces has more of it read at a time,
/// and what is left of that is taken first.
extension FuseSystem {
    /// Reads from what was read ahead, and reads ahead where that pays.
    ///
    /// - Returns: How many bytes `body` has taken, and whether the rest is to be read.
    func readAhead(
        _ inode: Inode, _ node: UInt64, _ handle: UInt64, at offset: Int64, count: Int,
        _ body: (RawSpan) -> Int
    ) throws(Errno) -> (count: Int, goesOn: Bool) {
        var done = 0
        while done < count {
            let place = offset + Int64(done)
            guard let window = try window(inode, node, handle, at: place, count: count - done) else { break }
            let buffer = FuseBuffer(number: window.buffer)
            // The file ends here.
            guard window.count > 0 else {
                channel.giveKept(buffer)
                return (done, false)
            }
            let size = min(Int(window.end - place), count - done)
            let skip = Int(place - window.start)
            var taken = 0
            do throws(Errno) {
                try channel.withAnswer(buffer, data: window.count) { (_, data) throws(Errno) in
                    guard skip + size <= data.byteCount else { throw .inputOutputError }
                    taken = body(data.extracting(skip..<skip + size))
                }
            } catch {
                channel.giveKept(buffer)
                break
            }
            done += taken
            keep(window, readTo: place + Int64(taken))
            if taken < size { return (done, false) }
        }
        return (done, done < count)
    }

    /// The window of a file in which a place is; made where the file is read in order in
    /// pieces that are smaller than it; without bytes where the file ends. `nil`: there is no
    /// use in one.
    private func window(
        _ inode: Inode, _ node: UInt64, _ handle: UInt64, at offset: Int64, count: Int
    ) throws(Errno) -> FuseWindow? {
        let now = channel.now
        var old: FuseWindow? = nil
        let (found, size, changes) = try withNodes { (nodes) throws(Errno) -> (FuseWindow?, Int, UInt64) in
            let file = try nodes.node(inode)
            if let known = windows.take(inode, at: offset) {
                if known.changes == file.record.file.changes, known.expiry > now { return (known, 0, 0) }
                old = known
            }
            guard file.record.file.nextRead == offset, !file.record.file.isDirect else { return (nil, 0, 0) }
            let last = Int(file.record.file.aheadSize)
            let size = min(max(last * FuseWindows.growth, FuseWindows.firstSize), channel.dataSize)
            guard count <= size / 2 else { return (nil, 0, 0) }
            file.record.file.aheadSize = Int32(truncatingIfNeeded: size)
            return (nil, size, file.record.file.changes)
        }
        if let old { channel.giveKept(FuseBuffer(number: old.buffer)) }
        if let found { return found }
        guard size > 0, let buffer = channel.takeAnother() else { return nil }
        guard channel.keep(buffer) else {
            channel.give(buffer)
            return nil
        }
        let limit = Int(min(Int64(size), Int64.max - offset))
        do throws(Errno) {
            let unique = try channel.begin(buffer, .read, node, answer: 0, dataIn: limit) { arguments, bytes in
                Self.addRead(handle, UInt64(offset), limit, &arguments, &bytes)
            }
            let given = try channel.end(buffer, unique: unique, answer: 0) { (_, data) throws(Errno) in data.byteCount }
            if given <= limit {
                return FuseWindow(
                    buffer: buffer.number, inode: inode, start: offset, count: given,
                    expiry: now &+ FuseWindows.validity, changes: changes)
            }
        } catch {}
        // What is asked for alone may be there, or says what is wrong.
        channel.giveKept(buffer)
        return nil
    }

    /// Puts a window back that was read from, where something is left of it.
    private func keep(_ window: FuseWindow, readTo place: Int64) {
        var surplus: FuseWindow? = window
        _ = try? withNodes { (nodes) in
            // Of what is closed or has changed meanwhile nothing is kept.
            var isTrue = false
            nodes.update(window.inode) { file in
                file.nextRead = place
                isTrue = file.anyHandle != nil && file.changes == window.changes
            }
            if isTrue, place < window.end { surplus = windows.put(window) }
        }
        if let surplus { channel.giveKept(FuseBuffer(number: surplus.buffer)) }
    }

    /// Nothing is kept of a file any more.
    func dropWindows(of inode: Inode) {
        while let window = channel.withLock({ windows.take(inode) }) {
            channel.giveKept(FuseBuffer(number: window.buffer))
        }
    }
}
