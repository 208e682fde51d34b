import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling

/// A task's local storage and control block, in the application's memory.
public enum ThreadStorage {
    /// How both lie in one block.
    static func layout(_ local: hermit_tls_info) -> ThreadBlock {
        ThreadBlock(memorySize: local.memsz, alignment: local.align)
    }

    /// Makes them as a task finds them at its start; the address of its
    /// control block, or `nil` when memory is exhausted.
    public static func make() -> UInt64? {
        let local = unsafe Kernel.root.pointee.localStorage
        let layout = layout(local)
        guard
            let memory = unsafe ApplicationHeap.allocateZeroed(
                size: Int(layout.size), alignment: Int(layout.alignment))
        else { return nil }
        return unsafe fill(memory, local, at: UInt64(UInt(bitPattern: memory)))
    }

    /// Puts them into zeroed memory.
    ///
    /// - Parameters:
    ///   - memory: `layout.size` bytes.
    ///   - address: Where the task sees them.
    /// - Returns: The address of the control block, as the task sees it.
    static func fill(
        _ memory: UnsafeMutableRawPointer, _ local: hermit_tls_info, at address: UInt64
    ) -> UInt64 {
        // The loader has checked all sizes.
        let controlOffset = Int(truncatingIfNeeded: layout(local).localSize)
        if local.filesz > 0, let values = unsafe UnsafeRawPointer(bitPattern: UInt(local.start)) {
            let alignment = max(local.align, 1)
            let size = Int(truncatingIfNeeded: (local.memsz &+ alignment &- 1) & ~(alignment &- 1))
            unsafe (memory + (controlOffset &- size)).copyMemory(
                from: values, byteCount: Int(truncatingIfNeeded: local.filesz))
        }
        let control = address &+ UInt64(truncatingIfNeeded: controlOffset)
        let thread = unsafe (memory + controlOffset).assumingMemoryBound(to: hermit_thread.self)
        unsafe thread.pointee.address = control
        return control
    }

    /// Gives them back, and the blocks that the task kept for itself; nothing
    /// of the task may use them any more. The first task's, which are no block of
    /// the heap, stay.
    public static func give(_ control: UInt64) {
        let layout = unsafe layout(Kernel.root.pointee.localStorage)
        unsafe Kernel.root.pointee.memory.withLock { memory in
            if let thread = unsafe UnsafeMutablePointer<hermit_thread>(bitPattern: UInt(control)) {
                unsafe BlockCache.close(thread, into: &memory.applicationHeap, in: &memory.space)
            }
            _ = memory.applicationHeap.deallocate(control - layout.localSize, in: &memory.space)
        }
    }
}
