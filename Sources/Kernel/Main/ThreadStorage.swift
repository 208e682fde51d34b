import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling

/// A task's local storage and control block, in the application's memory.
public enum ThreadStorage {
    /// How both lie in one block.
    static func block(for local: hermit_tls_info) -> ThreadBlock {
        ThreadBlock(memorySize: local.memsz, alignment: local.align)
    }

    private static var layout: ThreadBlock {
        block(for: unsafe Kernel.root.pointee.localStorage)
    }

    /// Makes them as a task finds them at its start; the address of its
    /// control block, or `nil` when memory is exhausted.
    public static func make() -> UInt64? {
        let local = unsafe Kernel.root.pointee.localStorage
        let layout = block(for: local)
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
        let controlOffset = Int(truncatingIfNeeded: block(for: local).localSize)
        if local.filesz > 0, let values = unsafe UnsafeRawPointer(bitPattern: UInt(local.start)) {
            let alignment = max(local.align, 1)
            let size = Int(truncatingIfNeeded: (local.memsz &+ alignment &- 1) & ~(alignment &- 1))
            unsafe (memory + (controlOffset &- size)).copyMemory(
                from: values, byteCount: Int(truncatingIfNeeded: local.filesz))
        }
        let control = address &+ UInt64(truncatingIfNeeded: controlOffset)
        let thread = unsafe (memory + controlOffset).assumingMemoryBound(to: hermit_thread.self)
        unsafe thread.pointee.address = control
        unsafe thread.pointee.task = TaskIdentifier.first.rawValue
        return control
    }

    /// Makes an ended task's what a new one finds; the blocks that it kept for
    /// itself are the new one's.
    public static func renew(_ control: UInt64) {
        let size = Int(layout.localSize)
        if size > 0 {
            let storage = unsafe UnsafeMutableRawPointer(bitPattern: UInt(control) - UInt(size))!
            unsafe storage.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        }
        let start = control - layout.localSize
        let memory = unsafe UnsafeMutableRawPointer(bitPattern: UInt(start))!
        _ = unsafe fill(memory, Kernel.root.pointee.localStorage, at: start)
        let thread = unsafe UnsafeMutablePointer<hermit_thread>(bitPattern: UInt(control))!
        unsafe thread.pointee.error_number = 0
    }

    /// Tells a task its number.
    public static func setNumber(_ number: Int32, at control: UInt64) {
        unsafe UnsafeMutablePointer<hermit_thread>(bitPattern: UInt(control))?.pointee.task = number
    }

    /// Gives them back, and the blocks that the task kept for itself; nothing
    /// of the task may use them any more. The first task's, which are no block of
    /// the heap, stay.
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
