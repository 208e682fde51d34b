import CHermit
import CMachine
import KernelMain
import KernelMemory
import KernelSupport

// hermit/memory.h: the heap. Mappings are in Mappings.swift.

// MARK: - The application's heap

/// A size or alignment as the heap takes it: at least 1, and no larger than a
/// signed number; `nil` stands for more than there is.
private func amount(_ size: Int) -> Int? { size < 0 ? nil : max(size, 1) }

/// - Throws: `EINVAL` unless exactly one bit is set.
private func checkAlignment(_ alignment: Int) throws(Errno) {
    guard UInt(bitPattern: alignment).nonzeroBitCount == 1 else { throw .invalidArgument }
}

/// Null and errno in place of an error.
private func block(
    _ body: () throws(Errno) -> UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
    do throws(Errno) {
        if let block = unsafe try body() { return unsafe block }
        setErrno(.noMemory)
    } catch {
        setErrno(error)
    }
    return nil
}

/// On a kernel stack: for whom the task's lists have no block.
@c(kernel_allocate)
public func kernelAllocate(_ size: UInt64, _ alignment: UInt64) -> UInt64 {
    let block = unsafe block { () throws(Errno) in
        let alignment = Int(bitPattern: UInt(alignment))
        try checkAlignment(alignment)
        guard let size = amount(Int(bitPattern: UInt(size))), let alignment = amount(alignment)
        else { return nil }
        return unsafe ApplicationHeap.allocateSeveral(size: size, alignment: alignment)
    }
    return UInt64(UInt(bitPattern: block))
}

@inline(__always)
private func allocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
    if let block = unsafe BlockCache.take(size: size, alignment: alignment) {
        return unsafe block
    }
    let address = machine_allocate(
        UInt64(UInt(bitPattern: size)), UInt64(UInt(bitPattern: alignment)))
    return unsafe UnsafeMutableRawPointer(bitPattern: UInt(address))
}

/// For whom the task's lists have no room, or whose block is none.
@inline(never)
private func deallocateInHeap(_ address: UInt64) {
    if machine_deallocate(address, 0) != 0 { setErrno(.invalidArgument) }
}

/// On a kernel stack: 1 where it is no block's address.
@c(kernel_deallocate)
public func kernelDeallocate(_ address: UInt64, _ unused: UInt64) -> UInt64 {
    guard let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return 0 }
    return unsafe ApplicationHeap.deallocate(block) ? 0 : 1
}

@inline(never)
@c @implementation
public func sys_alloc(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer! {
    unsafe allocate(size, alignment)
}

@c @implementation
public func sys_malloc(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer! {
    unsafe sys_alloc(size, alignment)
}

@c @implementation
public func sys_alloc_zeroed(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer! {
    if let block = unsafe BlockCache.take(size: size, alignment: alignment) {
        unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return unsafe block
    }
    let address = machine_allocate_zeroed(
        UInt64(UInt(bitPattern: size)), UInt64(UInt(bitPattern: alignment)))
    return unsafe UnsafeMutableRawPointer(bitPattern: UInt(address))
}

/// The same on a kernel stack.
@c(kernel_allocate_zeroed)
public func kernelAllocateZeroed(_ size: UInt64, _ alignment: UInt64) -> UInt64 {
    let block = unsafe block { () throws(Errno) in
        let alignment = Int(bitPattern: UInt(alignment))
        try checkAlignment(alignment)
        guard let size = amount(Int(bitPattern: UInt(size))), let alignment = amount(alignment)
        else { return nil }
        return unsafe ApplicationHeap.allocateZeroed(size: size, alignment: alignment)
    }
    return UInt64(UInt(bitPattern: block))
}

@c @implementation
public func sys_realloc(
    _ old: UnsafeMutableRawPointer!, _ size: Int, _ alignment: Int, _ new_size: Int
) -> UnsafeMutableRawPointer! {
    unsafe block { () throws(Errno) in
        try checkAlignment(alignment)
        guard let size = amount(new_size), let alignment = amount(alignment) else { return nil }
        guard let old = unsafe old else {
            return unsafe BlockCache.take(size: size, alignment: alignment)
                ?? ApplicationHeap.allocateSeveral(size: size, alignment: alignment)
        }
        guard unsafe ApplicationHeap.usableSize(of: old) > 0 else { throw .invalidArgument }
        return unsafe ApplicationHeap.reallocate(old, alignment: alignment, newSize: size)
    }
}

@inline(never)
@c @implementation
public func sys_dealloc(_ block: UnsafeMutableRawPointer!, _ size: Int, _ alignment: Int) {
    let address = UInt64(UInt(bitPattern: block))
    if BlockCache.give(address) { return }
    deallocateInHeap(address)
    // Not a tail call: the frame is then made on this way only.
    machine_barrier()
}

@c @implementation
public func sys_free(_ block: UnsafeMutableRawPointer!, _ size: Int, _ alignment: Int) {
    unsafe sys_dealloc(block, size, alignment)
}

@c @implementation
public func sys_usable_size(_ block: UnsafeRawPointer!) -> Int {
    guard let block = unsafe block else { return 0 }
    let size = unsafe ApplicationHeap.usableSize(of: UnsafeMutableRawPointer(mutating: block))
    if size == 0 { setErrno(.invalidArgument) }
    return size
}

// MARK: - Facts

@c @implementation
public func sys_getpagesize() -> Int32 { 4096 }

@c @implementation
public func sys_image_start_addr() -> Int { KernelServices.imageStart }
