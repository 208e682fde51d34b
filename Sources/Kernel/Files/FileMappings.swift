import CMachine
import KernelDescriptors
import KernelFileSystem
import KernelMachine
import KernelMain
import KernelMappings
import KernelMemory
import KernelStreams
import KernelSupport
import KernelTasks
import Synchronization

/// Files that the application sees in memory (POSIX, mmap).
///
/// A shared page is the file's own block, so that reading and writing the file
/// and the memory are the same. A private one is that block, too, until it is
/// written to; then it is a copy, whose frame was promised.
///
/// Pages come when they are touched, under the file's lock, inside of which is
/// the table's, inside of which is the memory's. A file that gets shorter takes
/// its pages away before they are free, under the file's lock, too.
///
/// The memory's table of mappings has all that is mapped, so that files and memory
/// may take each other's place; this one knows what is seen of which file. Both
/// change with this one's lock held, and in one go with the memory's.
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
        if unsafe table == nil { unsafe table = MappedRanges() }
        return try unsafe body(&table!)
    }

    /// The same, and again without what tasks have kept, where memory is exhausted.
    private static func lockedWithKept<Value>(
        _ body: (inout MappedRanges) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try ApplicationMappings.withKept { () throws(Errno) in try locked(body) }
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
            // Each file that is mapped is kept once; see `forget`.
            guard let data = file.data else {
                return (file.node, try mount(file.node, request, writes: mayWrite && request.isShared), mayWrite)
            }
            try KernelFiles().open(file.node)
            return (file.node, data, mayWrite)
        }
        start()
        var new = MappedRange(
            0..<request.size, node, data, firstPage: request.firstPage,
            protection: request.protection.rawValue, isShared: request.isShared, mayWrite: mayWrite)
        new.isPromised = !request.isShared && request.protection.contains(.write)
        do throws(Errno) {
            let files = try KernelFiles()
            let (address, gone) = try lockedWithKept { (table) throws(Errno) in
                guard table.hasRoom else { throw .noMemory }
                let address = try make(new, request.place, in: table)
                new.range = address..<address + request.size
                var gone = remove(new.range, from: &table)
                if table.count(of: node) > 0 { gone.append(new) }
                table.add(new)
                // As a first touch would (POSIX, mmap); touching asks for no time.
                data.setAccessed(files.accessTimes) { files.now() }
                return (address, gone)
            }
            forget(gone)
            return address
        } catch {
            forget([new])
            throw error
        }
    }

    /// Has pages of a file of a mounted file system in memory.
    private static func mount(
        _ node: Node, _ request: Request, writes: Bool
    ) throws(Errno) -> OpenData {
        guard node.system != .ram, node.kind == .regular else { throw .operationNotSupportedByDevice }
        let (end, isLarge) = request.firstPage.addingReportingOverflow(request.size / MappedRange.pageSize)
        guard !isLarge else { throw .valueTooLarge }
        let data = try KernelFiles().system(node.system).map(
            node.inode, pages: request.firstPage..<end, writes: writes)
        if !isWrittenAtEnd.exchange(true, ordering: .relaxed) {
            try? EndKeeper.start()
            Tasks.beforeEnd { Files.synchroniseAll() }
        }
        return data
    }

    /// What is written to files of mounted file systems in memory is the files' at the end.
    private static let isWrittenAtEnd = Atomic<Bool>(false)

    /// Makes a place for a file's pages, and promises frames to what is private and may
    /// be written to; where it is.
    private static func make(
        _ new: MappedRange, _ place: Mappings.Place, in table: MappedRanges
    ) throws(Errno) -> UInt64 {
        try ApplicationMappings.withMemoryOrHeaps { (memory) throws(Errno) in
            if new.isPromised, !memory.space.frames.reserve(new.pageCount) { throw .noMemory }
            do throws(Errno) {
                return try memory.mappings.map(
                    size: UInt64(new.range.count), .file, place, in: &memory.space
                ) { space in
                    guard case .fixed(let start, _) = place else { return }
                    takeAway(start..<start + UInt64(new.range.count), table, in: &space)
                }
            } catch {
                if new.isPromised { memory.space.frames.unreserve(new.pageCount) }
                throw error
            }
        }
    }

    /// Maps memory in place of whatever is there.
    private static func replace(_ range: Range<UInt64>, _ protection: Protection) throws(Errno) {
        forget(
            try lockedWithKept { (table) throws(Errno) in
                guard table.hasRoom else { throw .noMemory }
                try ApplicationMappings.withMemoryOrHeaps { (memory) throws(Errno) in
                    _ = try memory.mappings.map(
                        size: UInt64(range.count), .memory(protection),
                        .fixed(range.lowerBound, replaces: true), in: &memory.space
                    ) { space in takeAway(range, table, in: &space) }
                }
                return remove(range, from: &table)
            })
    }

    // MARK: - Taking away

    /// Takes the pages of files in a range away, with both locks.
    private static func takeAway(
        _ range: Range<UInt64>, _ table: MappedRanges, in space: inout AddressSpace
    ) {
        table.forEach(in: range) { part in
            let own = space.takeBack(part.range.lowerBound, count: part.pageCount)
            if part.isPromised { space.frames.unreserve(part.pageCount - own) }
        }
    }

    /// Takes a range out of the table, whose pages are gone.
    ///
    /// - Returns: Files that are not mapped any more.
    private static func remove(
        _ range: Range<UInt64>, from table: inout MappedRanges
    ) -> [MappedRange] {
        if table.isVacant(range) { return [] }
        var gone: [MappedRange] = []
        for old in table.remove(range)
        where table.count(of: old.node) == 0 && !gone.contains(where: { $0.node == old.node }) {
            gone.append(old)
        }
        return gone
    }

    /// Files are not mapped any more; no lock is held.
    private static func forget(_ gone: [MappedRange]) {
        guard let files = try? KernelFiles() else { return }
        for (node, data) in gone.map({ ($0.node, $0.data) }) {
            // Whoever has found a page there before is done with it.
            try? files.withData(data) { (_, _) in }
            guard node.system != .ram else {
                files.close(node)
                continue
            }
            do throws(Errno) {
                try files.system(node.system).unmap(node.inode)
            } catch {
                KernelServices.log(.error, "what was written to a file in memory could not be written to the file")
            }
        }
    }

    private static func unmap(_ range: Range<UInt64>) throws(Errno) {
        forget(
            try lockedWithKept { (table) throws(Errno) in
                guard table.hasRoom || !table.cuts(range) else { throw .noMemory }
                try ApplicationMappings.withMemoryOrHeaps { (memory) throws(Errno) in
                    try memory.mappings.unmap(range, in: &memory.space) { space in
                        takeAway(range, table, in: &space)
                    }
                }
                return remove(range, from: &table)
            })
    }

    // MARK: - Changing

    private static func protect(_ range: Range<UInt64>, _ protection: Protection) throws(Errno) {
        try lockedWithKept { (table) throws(Errno) in
            guard table.hasRoom else { throw .noMemory }
            let writes = protection.contains(.write)
            var (isRefused, promised) = (false, 0)
            table.forEach(in: range) { part in
                if writes && part.isShared && !part.mayWrite { isRefused = true }
                // None of its pages is its own yet.
                if writes && !part.isShared && !part.isPromised { promised += part.pageCount }
            }
            try ApplicationMappings.withMemoryOrHeaps { (memory) throws(Errno) in
                guard memory.mappings.table.covers(range) else { throw .noMemory }
                if isRefused { throw .permissionDenied }
                guard memory.space.frames.reserve(promised) else { throw .noMemory }
                do throws(Errno) {
                    try forEachMemory(in: range, &memory) { (memory, part) throws(Errno) in
                        try memory.mappings.protect(part, protection, in: &memory.space)
                    }
                } catch {
                    memory.space.frames.unreserve(promised)
                    throw error
                }
                table.forEach(in: range) { part in
                    _ = memory.space.changeOwn(
                        part.range.lowerBound, count: part.pageCount, to: PageRights(protection))
                }
            }
            if table.isVacant(range) { return }
            for var part in table.remove(range) {
                part.protection = protection.rawValue
                if writes && !part.isShared { part.isPromised = true }
                table.add(part)
            }
        }
    }

    /// Pages are the file's again, or zeros (`MADV_DONTNEED`).
    private static func discard(_ range: Range<UInt64>, refusesFiles: Bool) throws(Errno) {
        try locked { (table) throws(Errno) in
            if refusesFiles && !table.isVacant(range) { throw .invalidArgument }
            try ApplicationMappings.withMemoryOrHeaps { (memory) throws(Errno) in
                guard memory.mappings.table.covers(range) else { throw .noMemory }
                try forEachMemory(in: range, &memory) { (memory, part) throws(Errno) in
                    try memory.mappings.discard(part, in: &memory.space)
                }
                table.forEach(in: range) { takePagesBack($0, in: &memory.space) }
            }
        }
    }

    /// Runs `body` with each part of a range that is memory, in order.
    private static func forEachMemory(
        in range: Range<UInt64>, _ memory: inout Memory,
        _ body: (inout Memory, Range<UInt64>) throws(Errno) -> Void
    ) throws(Errno) {
        var position = range.lowerBound
        while position < range.upperBound,
            let next = memory.mappings.table.first(endingAfter: position),
            next.range.lowerBound < range.upperBound
        {
            if next.contents != .file { try body(&memory, next.range.clamped(to: range)) }
            position = next.range.upperBound
        }
    }

    /// A mapping's pages go until they are touched again, with both locks.
    private static func takePagesBack(_ part: MappedRange, in space: inout AddressSpace) {
        let own = space.takeBack(part.range.lowerBound, count: part.pageCount)
        if part.isPromised { space.promiseAgain(own) }
    }

    /// A file has no pages from one on any more; with its lock.
    private static func cut(_ number: UInt32, from page: UInt64) {
        _ = try? locked { (table) throws(Errno) in
            for part in table.ranges where part.data.number == number {
                let gone = part.addresses(from: page)
                if gone.isEmpty { continue }
                _ = try? withSpace { (space) throws(Errno) in takePagesBack(part.part(gone), in: &space) }
            }
        }
    }

    /// Whoever writes to these pages of a file is to fault first; with its lock.
    private static func protect(_ number: UInt32, _ pages: Range<UInt64>) {
        _ = try? locked { (table) throws(Errno) in
            for part in table.ranges where part.data.number == number && part.isShared {
                let shown = part.addresses(from: pages.lowerBound)
                let rest = part.addresses(from: pages.upperBound)
                let range = shown.lowerBound..<max(rest.lowerBound, shown.lowerBound)
                if range.isEmpty { continue }
                _ = try? withSpace { (space) throws(Errno) in takePagesBack(part.part(range), in: &space) }
            }
        }
    }

    /// What was written to pages of mounted file systems' files is written to the files
    /// (`msync`), and lasts, where that is waited for.
    private static func writeBack(_ range: Range<UInt64>, lasts: Bool) throws(Errno) {
        var parts: [MappedRange] = []
        try locked { (table) throws(Errno) in
            table.forEach(in: range) { part in
                if part.isShared && part.node.system != .ram { parts.append(part) }
            }
        }
        let files = try KernelFiles()
        for part in parts {
            let system = try files.system(part.node.system)
            let first = part.page(at: part.range.lowerBound)
            try system.writeBack(part.node.inode, pages: first..<first + UInt64(part.pageCount))
            if lasts { try system.synchronise(part.node.inode) }
        }
    }

    // MARK: - On touch

    private static func touch(_ address: UInt64, isWritten: Bool, isRun: Bool) -> FileMappingOperations.Touch {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        var isMemory = false
        guard let files = try? KernelFiles(), !files.holdsData else { return .refused }
        let mapping = try? locked { (table) throws(Errno) in
            let mapping = table.range(at: address)
            if mapping == nil {
                // Memory has taken a file's place since it was asked.
                let access: PageFaultError.Access = isRun ? .fetch : isWritten ? .write : .read
                isMemory = ApplicationMappings.touch(address, for: access)
            }
            return mapping
        }
        if isMemory { return .done }
        guard let mapping = mapping, allows(mapping, isWritten: isWritten, isRun: isRun) else {
            return .refused
        }
        do throws(Errno) {
            return try files.withData(mapping.data) { (data, store) throws(Errno) in
                // It may be there no more, and so may the file be.
                let now = try locked { (table) throws(Errno) in table.range(at: address) }
                guard let now, now.data.isSame(as: mapping.data) else { return .done }
                let isWritable = mapping.isShared && mapping.protection & Protection.write.rawValue != 0
                let page = try data.page(mapping.page(at: address), isWritten: isWritable, store)
                guard let page else { return .beyondFile }
                let tracks = mapping.isShared && data.tracksWrites
                if mapping.isShared && isWritten {
                    data.setModified(files.now())
                    if tracks { try data.setWritten(mapping.page(at: address), store) }
                }
                return try show(
                    page, at: address & ~4095, mapping, isWritten: isWritten, tracks: tracks)
            }
        } catch { return .beyondFile }
    }

    private static func allows(_ mapping: MappedRange, isWritten: Bool, isRun: Bool) -> Bool {
        let protection = Protection(rawValue: mapping.protection)
        return protection.contains(isWritten ? .write : isRun ? .execute : .read)
    }

    /// - Throws: `ENOMEM`.
    private static func show(
        _ page: MemoryBlock, at address: UInt64, _ mapping: MappedRange, isWritten: Bool, tracks: Bool
    ) throws(Errno) -> FileMappingOperations.Touch {
        try locked { (table) throws(Errno) in
            // Another core may have changed it meanwhile: then it is touched again.
            guard let now = table.range(at: address), now.data.isSame(as: mapping.data),
                now.protection == mapping.protection, now.isShared == mapping.isShared,
                now.page(at: address) == mapping.page(at: address),
                var rights = PageRights(Protection(rawValue: mapping.protection))
            else { return .done }
            let isCopy = isWritten && !mapping.isShared
            if !mapping.isShared && !isCopy || tracks && !isWritten { rights.remove(.write) }
            let source = unsafe UInt64(UInt(bitPattern: page.address))
            let isShown = try withSpace { (space) throws(Errno) in
                space.show(isCopy ? .copy : .file, of: source, at: address, rights: rights)
            }
            guard isShown else { throw .noMemory }
            return .done
        }
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
        KernelFiles.setCut({ FileMappings.cut($0, from: $1) }, protect: { FileMappings.protect($0, $1..<$2) })
        unsafe MemoryList.firstOfFiles = { address in
            try? locked { (table) throws(Errno) in table.first(endingAfter: address) }
        }
        FileMappingOperations.start(
            FileMappingOperations(
                touch: { FileMappings.touch($0, isWritten: $1, isRun: $2).rawValue },
                replace: { start, size, bits in
                    FileMappings.outcome { () throws(Errno) in
                        guard size <= UInt64.max - start else { throw .noMemory }
                        try FileMappings.replace(start..<start + size, Protection(rawValue: bits))
                    }
                },
                unmap: { start, end in
                    FileMappings.outcome { () throws(Errno) in try FileMappings.unmap(start..<end) }
                },
                protect: { start, end, bits in
                    FileMappings.outcome { () throws(Errno) in
                        try FileMappings.protect(start..<end, Protection(rawValue: bits))
                    }
                },
                discard: { start, end, refusesFiles in
                    FileMappings.outcome { () throws(Errno) in
                        try FileMappings.discard(start..<end, refusesFiles: refusesFiles)
                    }
                },
                writeBack: { start, end, lasts in
                    FileMappings.outcome { () throws(Errno) in
                        try FileMappings.writeBack(start..<end, lasts: lasts)
                    }
                }))
    }
}
