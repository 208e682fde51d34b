import CHermit
import KernelMain
import KernelSupport

// hermit/memory.h: the application's heap.

private func isAlignment(_ align: Int) -> Bool { align > 0 && align & (align - 1) == 0 }

/// A block, or null and errno.
private func allocate(_ size: Int, _ align: Int, zeroed: Bool) -> UnsafeMutableRawPointer? {
    guard isAlignment(align) else {
        setErrno(.invalidArgument)
        return nil
    }
    let block =
        size < 0
        ? nil
        : zeroed
            ? unsafe KernelServices.allocateZeroed(size: size, alignment: align)
            : unsafe KernelServices.allocate(size: size, alignment: align)
    if unsafe block == nil { setErrno(.noMemory) }
    return unsafe block
}

@c @implementation
public func sys_alloc(_ size: Int, _ align: Int) -> UnsafeMutableRawPointer! {
    unsafe allocate(size, align, zeroed: false)
}

@c @implementation
public func sys_malloc(_ size: Int, _ align: Int) -> UnsafeMutableRawPointer! {
    unsafe allocate(size, align, zeroed: false)
}

@c @implementation
public func sys_alloc_zeroed(_ size: Int, _ align: Int) -> UnsafeMutableRawPointer! {
    unsafe allocate(size, align, zeroed: true)
}

@c @implementation
public func sys_realloc(
    _ block: UnsafeMutableRawPointer!, _ size: Int, _ align: Int, _ new_size: Int
) -> UnsafeMutableRawPointer! {
    guard let block = unsafe block else { return unsafe allocate(new_size, align, zeroed: false) }
    guard isAlignment(align), unsafe KernelServices.usableSize(of: block) > 0 else {
        setErrno(.invalidArgument)
        return nil
    }
    let new =
        new_size < 0
        ? nil
        : unsafe KernelServices.reallocate(block, alignment: align, newSize: new_size)
    if unsafe new == nil { setErrno(.noMemory) }
    return unsafe new
}

private func deallocate(_ block: UnsafeMutableRawPointer?) {
    guard let block = unsafe block else { return }
    guard unsafe KernelServices.usableSize(of: block) > 0 else {
        setErrno(.invalidArgument)
        return
    }
    unsafe KernelServices.deallocate(block)
}

@c @implementation
public func sys_dealloc(_ block: UnsafeMutableRawPointer!, _ size: Int, _ align: Int) {
    unsafe deallocate(block)
}

@c @implementation
public func sys_free(_ block: UnsafeMutableRawPointer!, _ size: Int, _ align: Int) {
    unsafe deallocate(block)
}

@c @implementation
public func sys_getpagesize() -> Int32 { 4096 }

@c @implementation
public func sys_image_start_addr() -> Int { KernelServices.imageStart }
