import CHermit
import KernelDescriptors
import KernelFiles
import KernelMain
import KernelMappings
import KernelMemory
import KernelStreams
import KernelSupport

// hermit/filemaps.h.

/// What `sys_mmap_file` is asked for.
private func request(
    _ offset: Int64, _ wanted: UInt64, _ size: Int, _ prot: UInt32, _ flags: UInt32
) throws(Errno) -> FileMappings.Request {
    let others = UInt32(HERMIT_MAP_FIXED | HERMIT_MAP_FIXED_NOREPLACE | HERMIT_MAP_POPULATE)
    let isShared: Bool
    switch flags & ~others {
    case UInt32(HERMIT_MAP_SHARED): isShared = true
    case UInt32(HERMIT_MAP_PRIVATE): isShared = false
    default: throw .invalidArgument
    }
    guard size != 0, UInt64(bitPattern: offset) & pageMask == 0 else { throw .invalidArgument }
    guard let bytes = pages(size), bytes <= UInt64(Int64.max) else { throw .noMemory }
    guard offset >= 0, Int64(bytes) <= Int64.max - offset else { throw .valueTooLarge }
    return FileMappings.Request(
        place: try place(wanted, flags), size: bytes, firstPage: UInt64(offset) / Mapping.pageSize,
        protection: try protection(prot), isShared: isShared)
}

@c @implementation
public func sys_mmap_file(
    _ fd: Int32, _ offset: Int64, _ size: Int, _ prot: UInt32, _ flags: UInt32,
    _ start: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 {
    let target = UnsafeMutableRawPointer(start)
    return result { () throws(Errno) -> Int32 in
        let access = try Descriptors.flags(fd)
        if Files.isZeroDevice(fd) {
            return try unsafe mapZeros(access, offset, size, prot, flags, target)
        }
        let result = try unsafe ApplicationBuffer(target, count: 8)
        var wanted: UInt64 = 0
        if flags & UInt32(HERMIT_MAP_FIXED | HERMIT_MAP_FIXED_NOREPLACE) != 0 {
            try result.load(into: &wanted)
        }
        let request = try request(offset, wanted, size, prot, flags)
        let address = try FileMappings.map(fd, request)
        do throws(Errno) { try result.store(address) } catch {
            _ = FileMappingOperations.current?.unmap(address, address + request.size)
            throw error
        }
        if flags & UInt32(HERMIT_MAP_POPULATE) != 0 {
            // What can't be filled is a fault when it is touched.
            for page in stride(from: address, to: address + request.size, by: Int(Mapping.pageSize)) {
                guard FileMappingOperations.prepare(page, isWritten: false) else { break }
            }
        }
        return 0
    }
}

/// Maps `/dev/zero`, which is memory of nobody's.
private func mapZeros(
    _ access: OpenFlags, _ offset: Int64, _ size: Int, _ prot: UInt32, _ flags: UInt32,
    _ target: UnsafeMutableRawPointer?
) throws(Errno) -> Int32 {
    var wanted: UInt64 = 0
    if flags & UInt32(HERMIT_MAP_FIXED | HERMIT_MAP_FIXED_NOREPLACE) != 0 {
        try unsafe ApplicationBuffer(target, count: 8).load(into: &wanted)
    }
    let request = try request(offset, wanted, size, prot, flags)
    guard access.contains(.read) else { throw .permissionDenied }
    if request.isShared, request.protection.contains(.write), !access.contains(.write) {
        throw .permissionDenied
    }
    try unsafe map(
        request.place, size, prot, isFilled: flags & UInt32(HERMIT_MAP_POPULATE) != 0,
        target?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self))
    return 0
}
