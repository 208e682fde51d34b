import CHermit
import KernelMain
import KernelSupport

// hermit/memory.h.

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

private func allocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
    unsafe block { () throws(Errno) in
        try checkAlignment(alignment)
        guard let size = amount(size), let alignment = amount(alignment) else { return nil }
        return unsafe KernelServices.allocate(size: size, alignment: alignment)
    }
}

private func deallocate(_ block: UnsafeMutableRawPointer?) {
    guard let block = unsafe block else { return }
    guard unsafe KernelServices.usableSize(of: block) > 0 else {
        return setErrno(.invalidArgument)
    }
    unsafe KernelServices.deallocate(block)
}

@c @implementation
public func sys_alloc(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer! {
    unsafe allocate(size, alignment)
}

@c @implementation
public func sys_malloc(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer! {
    unsafe allocate(size, alignment)
}

@c @implementation
public func sys_alloc_zeroed(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer! {
    unsafe block { () throws(Errno) in
        try checkAlignment(alignment)
        guard let size = amount(size), let alignment = amount(alignment) else { return nil }
        return unsafe KernelServices.allocateZeroed(size: size, alignment: alignment)
    }
}

@c @implementation
public func sys_realloc(
    _ old: UnsafeMutableRawPointer!, _ size: Int, _ alignment: Int, _ new_size: Int
) -> UnsafeMutableRawPointer! {
    guard let old = unsafe old else { return unsafe allocate(new_size, alignment) }
    return unsafe block { () throws(Errno) in
        try checkAlignment(alignment)
        guard unsafe KernelServices.usableSize(of: old) > 0 else { throw .invalidArgument }
        guard let size = amount(new_size), let alignment = amount(alignment) else { return nil }
        return unsafe KernelServices.reallocate(old, alignment: alignment, newSize: size)
    }
}

@c @implementation
public func sys_dealloc(_ block: UnsafeMutableRawPointer!, _ size: Int, _ alignment: Int) {
    unsafe deallocate(block)
}

@c @implementation
public func sys_free(_ block: UnsafeMutableRawPointer!, _ size: Int, _ alignment: Int) {
    unsafe deallocate(block)
}

@c @implementation
public func sys_usable_size(_ block: UnsafeRawPointer!) -> Int {
    guard let block = unsafe block else { return 0 }
    let size = unsafe KernelServices.usableSize(of: UnsafeMutableRawPointer(mutating: block))
    if size == 0 { setErrno(.invalidArgument) }
    return size
}

// MARK: - Mappings

@c @implementation
public func sys_mmap(
    _ size: Int, _ prot: UInt32, _ start: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_munmap(_ start: UnsafeMutableRawPointer!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_mprotect(
    _ start: UnsafeMutableRawPointer!, _ size: Int, _ prot: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_mlock(_ start: UnsafeRawPointer!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_munlock(_ start: UnsafeRawPointer!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_mlockall(_ flags: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_munlockall(_ flags: Int32) -> Int32 { notBuilt() }

// MARK: - Facts

@c @implementation
public func sys_getpagesize() -> Int32 { 4096 }

@c @implementation
public func sys_image_start_addr() -> Int { KernelServices.imageStart }
