import CMachine
import KernelDescriptors
import KernelFileSystem
import KernelMachine
import KernelMain
import KernelMappings
import KernelMemory
import KernelStreams
import KernelSupport

/// Files that the application sees in memory (POSIX, mmap).
///
/// A shared page is the file's own block, so that reading and writing the file
/// and the memory are the same. A private one is that block, too, until it is
/// written to; then it is a copy, whose frame was promised.
///
/// Pages come when they are touched, under the file's lock, inside of which is
/// the table's, inside of which is the memory's. A file that gets shorter takes
/// its pages away before they are free, under the file's lock, too.
public enum FileMappings {
    private static let lock = CoreLock(.fileMappings)
    /// Guarded by it; made with the first mapping.
    nonisolated(unsafe) private static var table: MappedRanges? = nil

    @inline(__always)
    private static func locked<Value>(
        _ body: (inout MappedRanges) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let flags = machine_disable_interrupts()
        lock.lock()
        defer {
            lock.unlock()
            machine_restore_interrupts(flags)
        }
        if unsafe table == nil { unsafe table = MappedRanges(region: Layout.fileMappings) }
        return try unsafe body(&table!)
    }

    private static func withSpace<Value>(
        _ body: (inout AddressSpace) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try unsafe Kernel.root.pointee.memory.withLock { (memory) throws(Errno) in
            try body(&memory.space)
        }
    }

    // MARK: - Making

    /// What a mapping is to be.
    public struct Request: Sendable {
        /// Where; 0 with `hint`: anywhere.
        public var place: Mappings.Place
        /// Bytes, whole pages, more than none.
        public var size: UInt64
        /// Where in the file, in whole pages.
        public var firstPage: UInt64
        public var protection: Protection
        public var isShared: Bool

        public init(
            place: Mappings.Place, size: UInt64, firstPage: UInt64, protection: Protection,
            isShared: Bool
        ) {
            self.place = place
            self.size = size
            self.firstPage = firstPage
            self.protection = protection
            self.isShared = isShared
        }
    }

    /// Maps a file; where it is.
    ///
    /// - Throws: `EBADF`; `EACCES`: it is not open for reading, or, where the
    ///   mapping is shared and written to, for writing; `ENODEV`: no regular file;
    ///   `EEXIST`, `ENOMEM` as `Mappings.map`, `ENFILE` for too many.
    public static func map(_ descriptor: Int32, _ request: Request) throws(Errno) -> UInt64 {
        let (node, data, mayWrite) = try Files.with(
            descriptor, wrongKind: .operationNotSupportedByDevice
        ) { (flags, _, file) throws(Errno) in
            guard flags.contains(.read) else { throw .permissionDenied }
            let mayWrite = flags.contains(.write)
            if request.isShared, request.protection.contains(.write), !mayWrite {
                throw .permissionDenied
            }
            guard let data = file.data else { throw .operationNotSupportedByDevice }
            // Each file that is mapped is kept once; see `forget`.
            try KernelFiles().open(file.node)
            return (file.node, data, mayWrite)
        }
        start()
        var new = MappedRange(
            Layout.fileMappings.lowerBound..<Layout.fileMappings.lowerBound, node, data,
            firstPage: request.firstPage, protection: request.protection.rawValue,
            isShared: request.isShared, mayWrite: mayWrite)
        var gone: [Node] = []
        do throws(Errno) {
            let files = try KernelFiles()
            let address = try locked { (table) throws(Errno) in
                guard table.ranges.count + 2 <= MappedRanges.mostRanges else { throw .noMemory }
                new.range = try place(request, in: table)
                try promise(&new, in: table)
                gone = remove(new.range, from: &table)
                if table.count(of: node) > 0 { gone.append(node) }
                table.add(new)
                // As a first touch would (POSIX, mmap); touching asks for no time.
                data.setAccessed(files.accessTimes) { files.now() }
                return new.range.lowerBound
            }
            forget(gone)
            return address
        } catch {
            try? KernelFiles().close(node)
            throw error
        }
    }

    private static func place(
        _ request: Request, in table: MappedRanges
    ) throws(Errno) -> Range<UInt64> {
        func range(_ start: UInt64) -> Range<UInt64>? {
            guard table.region.contains(start), request.size <= table.region.upperBound - start else {
                return nil
            }
            return start..<start + request.size
        }
        switch request.place {
        case .fixed(let start, let replaces):
            guard let range = range(start) else { throw .noMemory }
            guard replaces || table.isVacant(range) else { throw .fileExists }
            return range
        case .hint(let start):
            if let range = range(start), table.isVacant(range) { return range }
            guard let range = table.place(for: request.size) else { throw .noMemory }
            return range
        }
    }

    /// Promises frames to what is private and may be written to.
    private static func promise(_ new: inout MappedRange, in table: MappedRanges) throws(Errno) {
        guard !new.isShared, new.protection & Protection.write.rawValue != 0 else { return }
        let count = new.pageCount
        let isPromised = try withSpace { (space) throws(Errno) in space.frames.reserve(count) }
        guard isPromised else { throw .noMemory }
        new.isPromised = true
    }

    // MARK: - Taking away

    /// Takes what is in a range away, with the table's lock.
    ///
    /// - Returns: Files that are not mapped any more.
    private static func remove(_ range: Range<UInt64>, from table: inout MappedRanges) -> [Node] {
        if table.isVacant(range) { return [] }
        let removed = table.remove(range)
        let room = table.room(around: range)
        var gone: [Node] = []
        for old in removed {
            _ = try? withSpace { (space) throws(Errno) in
                let own = space.takeBack(old.range.lowerBound, count: old.pageCount)
                if old.isPromised { space.frames.unreserve(old.pageCount - own) }
                space.release(tablesOf: old.range, in: room)
            }
            if table.count(of: old.node) == 0, !gone.contains(old.node) { gone.append(old.node) }
        }
        return gone
    }

    /// Files are not mapped any more; no lock is held.
    private static func forget(_ gone: [Node]) {
        guard let files = try? KernelFiles() else { return }
        for node in gone { files.close(node) }
    }

    private static func unmap(_ range: Range<UInt64>) throws(Errno) {
        guard range.upperBound <= Layout.fileMappings.upperBound else { throw .invalidArgument }
        forget(try locked { (table) throws(Errno) in remove(range, from: &table) })
    }

    // MARK: - Changing

    private static func protect(_ range: Range<UInt64>, _ protection: Protection) throws(Errno) {
        try locked { (table) throws(Errno) in
            guard table.covers(range) else { throw .noMemory }
            guard table.ranges.count + 2 <= MappedRanges.mostRanges else { throw .noMemory }
            let writes = protection.contains(.write)
            if writes {
                for old in table.ranges where old.range.overlaps(range) {
                    guard old.mayWrite || !old.isShared else { throw .permissionDenied }
                }
            }
            let old = table.remove(range)
            var failure: Errno? = nil
            for var part in old {
                _ = try? withSpace { (space) throws(Errno) in
                    let own = space.changeOwn(
                        part.range.lowerBound, count: part.pageCount, to: PageRights(protection))
                    guard writes, !part.isShared, !part.isPromised else { return }
                    guard space.frames.reserve(part.pageCount - own) else {
                        failure = .noMemory
                        return
                    }
                    part.isPromised = true
                }
                if failure == nil { part.protection = protection.rawValue }
                table.add(part)
            }
            if let failure { throw failure }
        }
    }

    /// Pages are the file's again (`MADV_DONTNEED`).
    private static func discard(_ range: Range<UInt64>) throws(Errno) {
        try locked { (table) throws(Errno) in
            guard table.covers(range) else { throw .noMemory }
            for part in table.ranges where part.range.overlaps(range) {
                takePagesBack(part, part.range.clamped(to: range))
            }
        }
    }

    /// A range's pages go until they are touched again, with the table's lock.
    private static func takePagesBack(_ mapping: MappedRange, _ range: Range<UInt64>) {
        if range.isEmpty { return }
        _ = try? withSpace { (space) throws(Errno) in
            let own = space.takeBack(
                range.lowerBound, count: Int(UInt64(range.count) / MappedRange.pageSize))
            if mapping.isPromised { space.promiseAgain(own) }
        }
    }

    /// A file has no pages from one on any more; with its lock.
    private static func cut(_ number: UInt32, from page: UInt64) {
        _ = try? locked { (table) throws(Errno) in
            for part in table.ranges where part.data.number == number {
                takePagesBack(part, part.addresses(from: page))
            }
        }
    }

    // MARK: - On touch

    private static func touch(_ address: UInt64, isWritten: Bool, isRun: Bool) -> FileMappingOperations.Touch {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        guard let files = try? KernelFiles(), !files.holdsData,
            let mapping = try? locked({ (table) throws(Errno) in table.range(at: address) }), allows(mapping, isWritten: isWritten, isRun: isRun)
        else { return .refused }
        do throws(Errno) {
            return try files.withData(mapping.data) { (data, store) throws(Errno) in
                let isWritable = mapping.isShared && mapping.protection & Protection.write.rawValue != 0
                let page = try data.page(mapping.page(at: address), isWritten: isWritable, store)
                guard let page else { return .beyondFile }
                if mapping.isShared && isWritten { data.setModified(files.now()) }
                return try show(page, at: address & ~4095, mapping, isWritten: isWritten)
            }
        } catch { return .beyondFile }
    }

    private static func allows(_ mapping: MappedRange, isWritten: Bool, isRun: Bool) -> Bool {
        let protection = Protection(rawValue: mapping.protection)
        return protection.contains(isWritten ? .write : isRun ? .execute : .read)
    }

    /// - Throws: `ENOMEM`.
    private static func show(
        _ page: MemoryBlock, at address: UInt64, _ mapping: MappedRange, isWritten: Bool
    ) throws(Errno) -> FileMappingOperations.Touch {
        try locked { (table) throws(Errno) in
            // Another core may have changed it meanwhile: then it is touched again.
            guard let now = table.range(at: address), now.data.isSame(as: mapping.data),
                now.protection == mapping.protection, now.isShared == mapping.isShared,
                now.page(at: address) == mapping.page(at: address),
                var rights = PageRights(Protection(rawValue: mapping.protection))
            else { return .done }
            let isCopy = isWritten && !mapping.isShared
            if !mapping.isShared && !isCopy { rights.remove(.write) }
            let source = unsafe UInt64(UInt(bitPattern: page.address))
            let isShown = try withSpace { (space) throws(Errno) in
                space.show(isCopy ? .copy : .file, of: source, at: address, rights: rights)
            }
            guard isShown else { throw .noMemory }
            return .done
        }
    }

    private static func state(of address: UInt64) -> FileMappingOperations.State {
        let isMapped = try? locked { (table) throws(Errno) in table.range(at: address) != nil }
        guard isMapped == true else { return .notMapped }
        let isFilled = try? withSpace { (space) throws(Errno) in space.tables.lookUp(address) != nil }
        return isFilled == true ? .filled : .empty
    }

    // MARK: - For the rest of the kernel

    private static func outcome(_ body: () throws(Errno) -> Void) -> Int {
        do throws(Errno) {
            try body()
            return 0
        } catch { return -Int(error.rawValue) }
    }

    private static func start() {
        if FileMappingOperations.current != nil { return }
        KernelFiles.setCut { FileMappings.cut($0, from: $1) }
        FileMappingOperations.start(
            FileMappingOperations(
                touch: { FileMappings.touch($0, isWritten: $1, isRun: $2).rawValue },
                unmap: { start, end in
                    FileMappings.outcome { () throws(Errno) in try FileMappings.unmap(start..<end) }
                },
                protect: { start, end, bits in
                    FileMappings.outcome { () throws(Errno) in
                        try FileMappings.protect(start..<end, Protection(rawValue: bits))
                    }
                },
                discard: { start, end in
                    FileMappings.outcome { () throws(Errno) in try FileMappings.discard(start..<end) }
                },
                state: { FileMappings.state(of: $0).rawValue }))
    }
}
