import CHermit
import KernelMain
import KernelMappings
import KernelMemory
import KernelSupport

// hermit/memory.h: mappings, and pages of any kind.

// MARK: - Arguments

let pageMask = Mapping.pageSize - 1

/// Bytes rounded up to whole pages; `nil` where that is more than a number holds.
func pages(_ size: Int) -> UInt64? {
    let size = UInt64(UInt(bitPattern: size))
    let (sum, isTooLarge) = size.addingReportingOverflow(pageMask)
    return isTooLarge ? nil : sum & ~pageMask
}

/// Whole pages from `start` on; may be empty.
///
/// - Throws: `EINVAL` where `start` is not a multiple of the page's size, and
///   `error` where the range is not in the application's half of memory.
private func range(
    _ start: UnsafeRawPointer?, _ size: Int, orElse error: Errno
) throws(Errno) -> Range<UInt64> {
    let start = unsafe address(start)
    guard start & pageMask == 0 else { throw .invalidArgument }
    guard let size = pages(size), size <= Layout.applicationEnd,
        start <= Layout.applicationEnd - size
    else { throw error }
    return start..<start + size
}

/// The pages that bytes of the application lie in.
///
/// - Throws: `ENOMEM` where they are not in its half of memory.
private func pagesAround(
    _ start: UnsafeRawPointer?, _ size: Int
) throws(Errno) -> Range<UInt64> {
    let first = unsafe address(start) & ~pageMask
    let size = UInt64(UInt(bitPattern: size))
    let last = unsafe address(start).addingReportingOverflow(size)
    guard !last.overflow, last.partialValue <= Layout.applicationEnd else { throw .noMemory }
    return first..<(size == 0 ? first : (last.partialValue + pageMask) & ~pageMask)
}

/// - Throws: `EINVAL` for bits that are none of `HERMIT_PROT_*`; `ENOTSUP` for
///   memory that is written and run.
func protection(_ prot: UInt32) throws(Errno) -> Protection {
    let all = UInt32(HERMIT_PROT_READ | HERMIT_PROT_WRITE | HERMIT_PROT_EXEC)
    guard prot & ~all == 0 else { throw .invalidArgument }
    var protection = Protection(rawValue: UInt8(truncatingIfNeeded: prot))
    if protection.contains([.write, .execute]) { throw .notSupported }
    // What may be written or run may be read, on this processor.
    if !protection.isEmpty { protection.insert(.read) }
    return protection
}

/// Where a mapping is to be.
///
/// - Throws: `EINVAL` for a fixed place that is not a multiple of the page's size.
func place(_ wanted: UInt64, _ flags: UInt32) throws(Errno) -> Mappings.Place {
    let (replace, refuse) = (UInt32(HERMIT_MAP_FIXED), UInt32(HERMIT_MAP_FIXED_NOREPLACE))
    guard flags & (replace | refuse) != 0 else { return .hint(wanted & ~pageMask) }
    guard wanted & pageMask == 0 else { throw .invalidArgument }
    return .fixed(wanted, replaces: flags & refuse == 0)
}

// MARK: - Mappings

/// Makes a mapping and says where it is.
func map(
    _ place: Mappings.Place, _ size: Int, _ prot: UInt32, isFilled: Bool,
    _ start: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) throws(Errno) {
    let protection = try protection(prot)
    guard size != 0 else { throw .invalidArgument }
    let result = try unsafe ApplicationBuffer(start, count: 8)
    guard let bytes = pages(size) else { throw .noMemory }
    let address = try ApplicationMappings.map(
        size: bytes, protection, place, isFilled: isFilled)
    do throws(Errno) {
        try result.store(address)
    } catch {
        try? ApplicationMappings.unmap(address..<address + bytes)
        throw error
    }
}

@c @implementation
public func sys_mmap(
    _ size: Int, _ prot: UInt32, _ start: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe map(.hint(0), size, prot, isFilled: false, start)
        return 0
    }
}

@c @implementation
public func sys_mmap_at(
    _ wanted: UnsafeMutableRawPointer!, _ size: Int, _ prot: UInt32, _ flags: UInt32,
    _ start: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let (replace, refuse) = (UInt32(HERMIT_MAP_FIXED), UInt32(HERMIT_MAP_FIXED_NOREPLACE))
        let populate = UInt32(HERMIT_MAP_POPULATE)
        guard flags & ~(replace | refuse | populate) == 0 else { throw .invalidArgument }
        let wanted = unsafe address(wanted)
        try unsafe map(try place(wanted, flags), size, prot, isFilled: flags & populate != 0, start)
        return 0
    }
}

@c @implementation
public func sys_munmap(_ start: UnsafeMutableRawPointer!, _ size: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let range = try unsafe range(start, size, orElse: .invalidArgument)
        guard !range.isEmpty else { throw .invalidArgument }
        try ApplicationMappings.unmap(range)
        return 0
    }
}

@c @implementation
public func sys_mprotect(_ start: UnsafeMutableRawPointer!, _ size: Int, _ prot: UInt32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let protection = try protection(prot)
        let range = try unsafe range(start, size, orElse: .noMemory)
        if !range.isEmpty { try ApplicationMappings.protect(range, protection) }
        return 0
    }
}

@c @implementation
public func sys_madvise(_ start: UnsafeMutableRawPointer!, _ size: Int, _ advice: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        switch advice {
        case HERMIT_MADV_NORMAL...HERMIT_MADV_DONTNEED, HERMIT_MADV_FREE,
            HERMIT_MADV_DONTFORK...HERMIT_MADV_DODUMP:
            break
        default: throw .invalidArgument
        }
        let range = try unsafe range(start, size, orElse: .noMemory)
        guard !range.isEmpty else { return 0 }
        if advice == HERMIT_MADV_DONTNEED || advice == HERMIT_MADV_FREE {
            try ApplicationMappings.discard(range, refusesFiles: advice == HERMIT_MADV_FREE)
        } else {
            try checkMapped(range)
        }
        return 0
    }
}

// MARK: - Pages of any kind

/// - Throws: `ENOMEM` where a page is not mapped.
private func checkMapped(_ range: Range<UInt64>) throws(Errno) {
    var isMapped = true
    ApplicationMappings.forEachPage(range) { state in
        isMapped = state != .notMapped
        return isMapped
    }
    guard isMapped else { throw .noMemory }
}

@c @implementation
public func sys_msync(_ start: UnsafeMutableRawPointer!, _ size: Int, _ flags: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let (now, later) = (HERMIT_MS_SYNC, HERMIT_MS_ASYNC)
        guard flags & ~(now | later | HERMIT_MS_INVALIDATE) == 0, flags & (now | later) != now | later
        else { throw .invalidArgument }
        let range = try unsafe range(start, size, orElse: .noMemory)
        try checkMapped(range)
        if !range.isEmpty { try ApplicationMappings.writeBack(range, lasts: flags & now != 0) }
        return 0
    }
}

@c @implementation
public func sys_mincore(
    _ start: UnsafeMutableRawPointer!, _ size: Int, _ resident: UnsafeMutablePointer<UInt8>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let range = try unsafe range(start, size, orElse: .noMemory)
        let bytes = try unsafe ApplicationBuffer(resident, count: Mapping.pages(range))
        var done = 0
        while done < bytes.count {
            // No memory of the application's is touched with the lock held.
            var part: InlineArray<64, UInt8> = .init(repeating: 0)
            let count = min(64, bytes.count - done)
            let first = range.lowerBound + UInt64(done) * Mapping.pageSize
            var known = 0
            ApplicationMappings.forEachPage(first..<first + UInt64(count) * Mapping.pageSize) { state in
                guard state != .notMapped else { return false }
                part[known] = state == .filled ? 1 : 0
                known += 1
                return true
            }
            guard known == count else { throw .noMemory }
            let stored = unsafe part.span.withUnsafeBytes { all in
                unsafe bytes.write(UnsafeRawBufferPointer(rebasing: all[..<count]), at: done)
            }
            guard stored == count else { throw .badAddress }
            done += count
        }
        return 0
    }
}

@c @implementation
public func sys_mlock(_ start: UnsafeRawPointer!, _ size: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try ApplicationMappings.fill(try unsafe pagesAround(start, size))
        return 0
    }
}

@c @implementation
public func sys_munlock(_ start: UnsafeRawPointer!, _ size: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try checkMapped(try unsafe pagesAround(start, size))
        return 0
    }
}

@c @implementation
public func sys_mlockall(_ flags: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let all = HERMIT_MCL_CURRENT | HERMIT_MCL_FUTURE
        guard flags != 0, flags & ~all == 0 else { throw .invalidArgument }
        if flags & HERMIT_MCL_FUTURE != 0 { ApplicationMappings.setFillsNew(true) }
        if flags & HERMIT_MCL_CURRENT != 0 { try ApplicationMappings.fillAll() }
        return 0
    }
}

@c @implementation
public func sys_munlockall(_ flags: Int32) -> Int32 {
    ApplicationMappings.setFillsNew(false)
    return 0
}
