import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling

/// A task's local storage and control block, in the application's memory.
public enum ThreadStorage {
    private static var layout: ThreadBlock {
        let local = unsafe Kernel.root.pointee.localStorage
        return ThreadBlock(memorySize: local.memsz, alignment: local.align)
    }

    /// Makes them as a task finds them at its start; the address of its
    /// control block, or `nil` when memory is exhausted.
    public static func make() -> UInt64? {
        let layout = layout
        guard
            let memory = unsafe ApplicationHeap.allocateZeroed(
                size: Int(layout.size), alignment: Int(layout.alignment))
        else { return nil }
        let control = UInt64(UInt(bitPattern: memory)) + layout.localSize
        fill(control)
        let thread = unsafe UnsafeMutablePointer<hermit_thread>(bitPattern: UInt(control))!
        unsafe thread.pointee.address = control
        if unsafe !Kernel.root.pointee.checksHeap {
            let heap = unsafe machine_heap_view()
            if unsafe heap.pointee.mark == 0 {
                unsafe heap.pointee.mark = machine_read_tsc() &* 0x9E37_79B9_7F4A_7C15 | 1
            }
            unsafe BlockCache.open(thread)
        }
        return control
    }

    /// Makes an ended task's what a new one finds; the blocks that it kept for
    /// itself are the new one's.
    public static func renew(_ control: UInt64) {
        let size = Int(layout.localSize)
        if size > 0 {
            let storage = unsafe UnsafeMutableRawPointer(bitPattern: UInt(control) - UInt(size))!
            unsafe storage.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            fill(control)
        }
        let thread = unsafe UnsafeMutablePointer<hermit_thread>(bitPattern: UInt(control))!
        unsafe thread.pointee.address = control
        unsafe thread.pointee.error_number = 0
    }

    /// Copies what local storage starts as into storage that is all zeros.
    private static func fill(_ control: UInt64) {
        let local = unsafe Kernel.root.pointee.localStorage
        guard local.memsz > 0 else { return }
        let alignment = max(local.align, 1)
        let start = control - (local.memsz + alignment - 1) & ~(alignment - 1)
        let storage = unsafe UnsafeMutableRawPointer(bitPattern: UInt(start))!
        unsafe storage.copyMemory(
            from: UnsafeRawPointer(bitPattern: UInt(local.start))!, byteCount: Int(local.filesz))
    }

    /// Gives them back, and the blocks that the task kept for itself; nothing
    /// of the task may use them any more.
    public static func give(_ control: UInt64) {
        unsafe Kernel.root.pointee.memory.withLock { give(control, in: &$0) }
    }

    /// The same, with the memory lock.
    package static func give(_ control: UInt64, in memory: inout Memory) {
        let layout = layout
        if let thread = unsafe UnsafeMutablePointer<hermit_thread>(bitPattern: UInt(control)) {
            unsafe BlockCache.close(thread, into: &memory.applicationHeap, in: &memory.space)
        }
        _ = memory.applicationHeap.deallocate(control - layout.localSize, in: &memory.space)
    }
}
