import KernelSupport
import Synchronization

/// Mapping and unmapping, and keeping file and pages the same.
extension MappableSystem {
    // MARK: - Who uses a mapped file

    /// The file, where it is mapped, which stays until `drop`.
    func keep(_ inode: Inode) -> MappedFile? {
        guard mappedCount.load(ordering: .sequentiallyConsistent) > 0 else { return nil }
        return (try? files.withNames { (_, _) in find(inode) }) ?? nil
    }

    /// The same with the names' lock.
    private func find(_ inode: Inode) -> MappedFile? {
        guard let file = mapped.first(where: { $0.inode == inode }) else { return nil }
        file.keepers += 1
        return file
    }

    /// Ends `keep`. The last one gives the pages back.
    func drop(_ file: MappedFile) {
        let isLast = try? files.withNames { (_, _) in
            file.keepers -= 1
            guard file.keepers == 0 else { return false }
            mapped.removeAll { $0 === file }
            mappedCount.subtract(1, ordering: .sequentiallyConsistent)
            return true
        }
        guard isLast == true else { return }
        try? files.withData(file.data) { (data, store) in data.forgetWritten(store) }
        files.close(file.node, file.data)
        try? system.close(file.inode)
        if file.isWritable { try? system.close(file.inode) }
    }

    /// Runs `body`, which changes a file, with what is mapped of it: nobody else changes
    /// both then.
    func changing<Value>(
        _ inode: Inode, _ body: (MappedFile?) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let slot = Self.slot(of: inode)
        let known = try files.withNames { (_, _) -> MappedFile? in
            let known = find(inode)
            if known == nil { changers[slot] += 1 }
            return known
        }
        guard let file = known else {
            defer { try? files.withNames { (_, _) in changers[slot] -= 1 } }
            return try body(nil)
        }
        defer { drop(file) }
        return try lock.withLock { () throws(Errno) in try body(file) }
    }

    // MARK: - Mapping

    public func map(_ inode: Inode, pages: Range<UInt64>, writes: Bool) throws(Errno) -> OpenData {
        guard inode.kind == .regular, !system.isMadeWhenRead(inode) else {
            throw .operationNotSupportedByDevice
        }
        return try lock.withLock { () throws(Errno) in
            let file: MappedFile
            if let known = keep(inode) { file = known } else { file = try begin(inode) }
            do throws(Errno) {
                if writes && !file.isWritable {
                    try system.open(inode, for: .writing)
                    file.isWritable = true
                }
                // Who began to change it when nobody knew that it would be mapped.
                while try files.withNames({ (_, _) in changers[Self.slot(of: inode)] }) > 0 { lock.rest() }
                try refresh(file)
                let gaps = try files.withNames { (_, _) in file.gaps(in: pages) }
                for gap in gaps { try load(file, pages: gap) }
                try files.withNames { (_, _) in
                    file.cover(pages)
                    file.mappings += 1
                }
            } catch {
                drop(file)
                throw error == .noSpace ? .noMemory : error
            }
            return file.data
        }
    }

    /// A file is mapped that was not, with the lock.
    private func begin(_ inode: Inode) throws(Errno) -> MappedFile {
        try system.open(inode, for: .reading)
        do throws(Errno) {
            let new = NewFile(mode: FileMode(0o600), now: files.now())
            let size = try system.status(of: inode).size
            let (holder, data) = try files.withNames { (names, store) throws(Errno) in
                try names.ram.openUnnamed(in: names.ram.root, mayBeNamed: false, new, store)
            }
            let file = MappedFile(inode, Node(holder, on: .ram), data)
            try files.truncate(data, to: size)
            try files.withData(data) { (data, _) in data.tracksWrites = true }
            try files.withNames { (_, _) in mapped.append(file) }
            mappedCount.add(1, ordering: .sequentiallyConsistent)
            return file
        } catch {
            try? system.close(inode)
            throw error
        }
    }

    public func unmap(_ inode: Inode) throws(Errno) {
        guard let file = keep(inode) else { return }
        defer {
            drop(file)
            // That of `map`.
            drop(file)
        }
        let isLast = try files.withNames { (_, _) in
            file.mappings -= 1
            return file.mappings == 0
        }
        if isLast { try writeBack(file, pages: 0..<UInt64.max) }
    }

    public func writeBack(_ inode: Inode, pages: Range<UInt64>) throws(Errno) {
        guard let file = keep(inode) else { return }
        defer { drop(file) }
        try writeBack(file, pages: pages)
        try system.writeBack(inode, pages: pages)
    }

    /// Pages that are written with one request.
    private static var run: UInt64 { 32 }

    private func writeBack(_ file: MappedFile, pages: Range<UInt64>) throws(Errno) {
        var (next, failure): (UInt64, Errno?) = (pages.lowerBound, nil)
        try lock.withLock { () throws(Errno) in
            while next < pages.upperBound {
                let taken = try files.withData(file.data) { (data, _) -> (Range<UInt64>, Int64)? in
                    guard let run = data.takeWritten(in: next..<pages.upperBound, most: Self.run) else { return nil }
                    files.protect(data, run)
                    return (run, data.size)
                }
                guard let (run, size) = taken else { return }
                next = run.upperBound
                let (start, end) = (Int64(run.lowerBound) * Self.pageSize, Int64(run.upperBound) * Self.pageSize)
                // The file may have become shorter since they were written to.
                guard start < size else { continue }
                do throws(Errno) {
                    try write(file, start..<min(end, size))
                } catch {
                    failure = error
                    // They are to be written yet.
                    try? files.withData(file.data) { (data, store) throws(Errno) in
                        for page in run { try data.setWritten(page, store) }
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Writes what pages hold to the file.
    private func write(_ file: MappedFile, _ range: Range<Int64>) throws(Errno) {
        var start = range.lowerBound
        // It may become shorter meanwhile.
        while start < min(range.upperBound, file.data.size) {
            var position = start
            let written = try system.write(file.inode, at: start, count: Int(range.upperBound - start)) { bytes in
                var filled: UInt64 = 0
                let size = bytes.byteCount
                _ = try? files.withData(file.data) { (data, store) in
                    data.read(at: position, count: size, store) { piece in
                        _ = bytes.copy(piece, at: 0, count: UInt64(piece.byteCount), to: filled)
                        filled += UInt64(piece.byteCount)
                        return piece.byteCount
                    }
                }
                position += Int64(filled)
                return Int(filled)
            }
            guard written.count > 0 else { throw .inputOutputError }
            start = written.end
        }
    }

    // MARK: - Pages

    /// The file has at least so many bytes.
    func extend(_ file: MappedFile, to size: Int64) throws(Errno) {
        if size > file.data.size { try files.truncate(file.data, to: size) }
    }

    /// Sees to it that the pages end where the file does, which others may have changed.
    private func refresh(_ file: MappedFile) throws(Errno) {
        let (size, known) = (try system.status(of: file.inode).size, file.data.size)
        guard size != known else { return }
        // What fails leaves a size up to which all is read.
        if size > known { try load(file, known..<size) }
        try files.truncate(file.data, to: size)
    }

    /// Bytes were put to the pages that did not come to the file.
    func repair(_ file: MappedFile, _ bytes: Range<Int64>) {
        guard let size = try? system.status(of: file.inode).size else { return }
        if file.data.size > size { try? files.truncate(file.data, to: size) }
        try? load(file, min(bytes.lowerBound, size)..<min(bytes.upperBound, size))
    }

    /// Bytes of a file have changed: those that are covered are read anew.
    func load(_ file: MappedFile, _ bytes: Range<Int64>) throws(Errno) {
        var position = bytes.lowerBound
        while position < bytes.upperBound {
            let (isCovered, end) = try files.withNames { (_, _) in
                file.coverage(at: UInt64(position / Self.pageSize))
            }
            let next = end > UInt64(Int64.max / Self.pageSize)
                ? bytes.upperBound : min(bytes.upperBound, Int64(end) * Self.pageSize)
            if isCovered { try read(file, position..<next) }
            position = next
        }
    }

    /// Pages are read that were not covered.
    private func load(_ file: MappedFile, pages: Range<UInt64>) throws(Errno) {
        let size = UInt64(max(file.data.size, 0))
        let (pageSize, start) = (UInt64(Self.pageSize), pages.lowerBound)
        guard start < (size + pageSize - 1) / pageSize else { return }
        let end = pages.upperBound >= size / pageSize + 1 ? size : min(size, pages.upperBound * pageSize)
        try read(file, Int64(start * pageSize)..<Int64(end))
    }

    /// Reads a part of the file to its pages.
    private func read(_ file: MappedFile, _ range: Range<Int64>) throws(Errno) {
        var position = range.lowerBound
        while position < range.upperBound {
            var isFull = false
            let wanted = Int(min(range.upperBound - position, 1 << 20))
            let taken = try system.read(file.inode, at: position, count: wanted) { bytes in
                guard update(file, at: position, bytes, coveredOnly: false) else {
                    isFull = true
                    return 0
                }
                position += Int64(bytes.byteCount)
                return bytes.byteCount
            }
            if isFull { throw .noSpace }
            if taken == 0 { return }
        }
    }

    /// Puts bytes of the file to its pages.
    ///
    /// - Parameter coveredOnly: Else to any.
    /// - Returns: `false`: there is no memory.
    func update(_ file: MappedFile, at start: Int64, _ bytes: RawSpan, coveredOnly: Bool = true) -> Bool {
        var done = 0
        while done < bytes.byteCount {
            let position = start + Int64(done)
            let page = UInt64(position / Self.pageSize)
            // A page at a time.
            let count = Int(min(Int64(bytes.byteCount - done), Self.pageSize - position % Self.pageSize))
            let part = bytes.extracting(done..<done + count)
            done += count
            if coveredOnly {
                let isCovered = (try? files.withNames { (_, _) in file.coverage(at: page).isCovered }) ?? false
                guard isCovered else { continue }
            }
            let written = try? files.withData(file.data) { (data, store) throws(Errno) in
                var taken = 0
                return try data.write(at: position, count: count, store, now: { files.now() }) { bytes in
                    let size = bytes.byteCount
                    _ = bytes.copy(part, at: UInt64(taken), count: UInt64(size), to: 0)
                    taken += size
                    return size
                }.count
            }
            guard written == count else { return false }
        }
        return true
    }
}
