import KernelMachine
import KernelMappings
import KernelMemory
import KernelScheduling
import KernelSupport

/// The application's mappings, and what it may ask of pages of any kind,
/// under the memory lock.
///
/// Ranges are whole pages. What is long is done in pieces, and the lock is
/// given up in between.
///
/// Where files are mapped, what may take pages of files away or change them is
/// theirs to do (`FileMappingOperations`).
public enum ApplicationMappings {
    // MARK: - Changes

    /// Makes a mapping; where it is.
    ///
    /// - Parameters:
    ///   - size: In bytes; whole pages, more than none.
    ///   - isFilled: It is filled at once.
    /// - Throws: As `Mappings.map`.
    public static func map(
        size: UInt64, _ protection: Protection, _ place: Mappings.Place, isFilled: Bool
    ) throws(Errno) -> UInt64 {
        var start: UInt64 = 0
        var fills = isFilled
        if case .fixed(let wanted, replaces: true) = place {
            start = wanted
            let fillsNew = try change({ $0.replace(wanted, size, protection.rawValue) }) { (memory) throws(Errno) in
                memory.mappingOperations = .all
                _ = try memory.mappings.map(size: size, .memory(protection), place, in: &memory.space)
            }
            fills = fills || fillsNew
        } else {
            start = try withMemory { memory throws(Errno) in
                memory.mappingOperations = .all
                fills = fills || memory.mappings.fillsNew
                return try memory.mappings.map(size: size, .memory(protection), place, in: &memory.space)
            }
        }
        if fills { fillNew(start..<start + size, protection) }
        return start
    }

    private static func fillNew(_ range: Range<UInt64>, _ protection: Protection) {
        // Another task may take it away meanwhile, which is its own affair.
        if !protection.isEmpty { try? fill(range) }
    }

    /// Takes mappings away.
    ///
    /// - Throws: `EINVAL` where the range is not in the region of mappings;
    ///   `ENOMEM` as `Mappings.unmap`.
    public static func unmap(_ range: Range<UInt64>) throws(Errno) {
        guard Mappings.contain(range) else { throw .invalidArgument }
        try change({ $0.unmap(range.lowerBound, range.upperBound) }) { (memory) throws(Errno) in
            try memory.mappings.unmap(range, in: &memory.space)
        }
    }

    /// Changes what pages of mappings may be used for.
    ///
    /// - Throws: `ENOMEM` as `Mappings.protect`.
    public static func protect(_ range: Range<UInt64>, _ protection: Protection) throws(Errno) {
        guard Mappings.contain(range) else { throw .noMemory }
        let fillsNew = try change({ $0.protect(range.lowerBound, range.upperBound, protection.rawValue) }) {
            (memory) throws(Errno) in
            try memory.mappings.protect(range, protection, in: &memory.space)
        }
        if fillsNew { fillNew(range, protection) }
    }

    /// Makes pages of mappings read as zeros, and gives their memory back.
    ///
    /// - Parameter refusesFiles: Pages of files are not given back.
    /// - Throws: `ENOMEM` where one is not mapped; `EINVAL` where one is refused.
    public static func discard(_ range: Range<UInt64>, refusesFiles: Bool) throws(Errno) {
        guard Mappings.contain(range) else { throw .noMemory }
        try change({ $0.discard(range.lowerBound, range.upperBound, refusesFiles) }) { (memory) throws(Errno) in
            try memory.mappings.discard(range, in: &memory.space)
        }
    }

    /// What was written to pages of files is the files' own (`msync`).
    ///
    /// - Parameter lasts: It is waited for until it lasts.
    /// - Throws: `EIO`, `ENOSPC`.
    public static func writeBack(_ range: Range<UInt64>, lasts: Bool) throws(Errno) {
        guard let files = FileMappingOperations.current else { return }
        let result = files.writeBack(range.lowerBound, range.upperBound, lasts)
        if result < 0 { throw Errno(rawValue: Int32(-result)) }
    }

    /// Mappings that are made or become accessible are filled from now on, or
    /// are not any more.
    public static func setFillsNew(_ fillsNew: Bool) {
        unsafe Kernel.root.pointee.memory.withLock { $0.mappings.fillsNew = fillsNew }
    }

    /// Changes mappings with `body`, or, where there are some of files, with `files`.
    ///
    /// - Returns: Whether new mappings are filled at once.
    @discardableResult @inline(__always)
    private static func change(
        _ files: (FileMappingOperations) -> Int, _ body: (inout Memory) throws(Errno) -> Void
    ) throws(Errno) -> Bool {
        let (isDone, fillsNew) = try withMemory { memory throws(Errno) in
            // Nobody makes the first one meanwhile.
            if FileMappingOperations.current != nil { return (false, memory.mappings.fillsNew) }
            try body(&memory)
            return (true, memory.mappings.fillsNew)
        }
        guard !isDone, let current = FileMappingOperations.current else { return fillsNew }
        let result = files(current)
        if result < 0 { throw Errno(rawValue: Int32(-result)) }
        return fillsNew
    }

    /// Runs `body` with the memory, and again with what was kept for later,
    /// where there is not enough.
    private static func withMemory<Value>(
        _ body: (inout Memory) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try withKept { () throws(Errno) in try withMemoryOrHeaps(body) }
    }

    /// Runs `body`, and again without what tasks have kept for later, where there is not
    /// enough memory. It has changed nothing where it throws. No lock may be held.
    public static func withKept<Value>(
        _ body: () throws(Errno) -> Value
    ) throws(Errno) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            guard error == .noMemory, KernelServices.releaseKeptMemory() else { throw error }
        }
        return try body()
    }

    /// Runs `body` with the memory, and again without what the heap has kept. It has
    /// changed nothing where it throws.
    package static func withMemoryOrHeaps<Value>(
        _ body: (inout Memory) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try unsafe Kernel.root.pointee.memory.withLock { memory throws(Errno) in
            do throws(Errno) {
                return try body(&memory)
            } catch {
                guard error == .noMemory, ApplicationHeap.reclaim(in: &memory) else { throw error }
            }
            return try body(&memory)
        }
    }

    // MARK: - Pages of any kind

    /// Fills every page of the range: of mappings, stacks, the heap, the image.
    ///
    /// - Throws: `ENOMEM` at the first that is not mapped, or may not be
    ///   accessed; those before it are filled.
    public static func fill(_ range: Range<UInt64>) throws(Errno) {
        var page = range.lowerBound
        while page < range.upperBound {
            let isFilled = unsafe Kernel.root.pointee.memory.withLock { memory in
                let end = min(page + piece, range.upperBound)
                while page < end {
                    guard memory.space.tables.lookUp(page) != nil || memory.touch(page, for: .read)
                    else { return false }
                    page += Mapping.pageSize
                }
                return true
            }
            if isFilled { continue }
            guard FileMappingOperations.prepare(page, isWritten: false) else { throw .noMemory }
        }
    }

    /// Whether an access to a page of memory can be tried again, which is filled if
    /// it must be. For who holds the files' lock, inside of which the page stays what it is.
    public static func touch(_ address: UInt64, for access: PageFaultError.Access) -> Bool {
        unsafe Kernel.root.pointee.memory.withLock { memory in
            if let page = memory.space.tables.lookUp(address) { return page.rights.allows(access) }
            return memory.touch(address, for: access)
        }
    }

    /// Bytes that are looked at under one lock.
    private static let piece: UInt64 = 0x1_0000

    /// What is known of a page.
    public enum PageState: Sendable {
        case filled
        /// It has no memory: it was not touched yet, or may not be.
        case empty
        case notMapped
    }

    /// Gives the state of every page of the range to `body`, in order, with
    /// the lock held; as long as that is `true`.
    public static func forEachPage(_ range: Range<UInt64>, _ body: (PageState) -> Bool) {
        var page = range.lowerBound
        while page < range.upperBound {
            let goesOn = unsafe Kernel.root.pointee.memory.withLock { memory in
                let end = min(page + piece, range.upperBound)
                while page < end {
                    guard body(memory.state(of: page)) else { return false }
                    page += Mapping.pageSize
                }
                return true
            }
            guard goesOn else { return }
        }
    }

    /// Fills all there is: mappings that may be accessed, and blocks of the heap.
    ///
    /// - Throws: `ENOMEM` where there is not enough memory.
    public static func fillAll() throws(Errno) {
        try fillEach { memory, address in
            var address = address
            while let mapping = memory.mappings.table.first(endingAfter: address) {
                if mapping.contents.isUsable { return mapping.range }
                address = mapping.range.upperBound
            }
            return nil
        }
        try fillEach { memory, address in memory.applicationHeap.firstMapping(from: address) }
    }

    /// Fills one range after the other, lowest first.
    ///
    /// - Parameter next: The first one behind an address.
    private static func fillEach(
        _ next: (inout Memory, UInt64) -> Range<UInt64>?
    ) throws(Errno) {
        var address: UInt64 = 0
        while let range = unsafe Kernel.root.pointee.memory.withLock({ next(&$0, address) }) {
            do throws(Errno) {
                try fill(range)
            } catch {
                // Gone meanwhile, which is no error, or memory is exhausted.
                let isThere = unsafe Kernel.root.pointee.memory.withLock { next(&$0, address) == range }
                if isThere { throw error }
            }
            address = range.upperBound
        }
    }
}

extension Memory {
    /// What is known of the page at an address.
    fileprivate mutating func state(of page: UInt64) -> ApplicationMappings.PageState {
        if space.tables.lookUp(page) != nil { return .filled }
        if mappings.table.mapping(at: page) != nil { return .empty }
        if let context = Kernel.stackOwner(of: page)?.context {
            return context.applicationStack.contains(page) && !context.isKept ? .empty : .notMapped
        }
        if case .block? = applicationHeap.place(of: page, in: &space) { return .empty }
        return .notMapped
    }
}
