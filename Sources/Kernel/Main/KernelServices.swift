import CMachine
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// What the kernel's ground floor does for the functions of the ABI.
public enum KernelServices {
    // MARK: - Standard streams

    /// Writes all of `bytes` to the program's standard output.
    public static func writeStandardOutput(_ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe Kernel.root.pointee.console.withLock { unsafe $0.writeOutput(bytes.bytes) }
        return bytes.count
    }

    /// Writes all of `bytes` to the program's standard error.
    public static func writeStandardError(_ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe Kernel.root.pointee.console.withLock { unsafe $0.writeError(bytes.bytes) }
        return bytes.count
    }

    /// Reads what has arrived of standard input, at least one byte; 0 at its end.
    public static func readStandardInput(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe Kernel.root.pointee.console.withLock { unsafe $0.readInput(buffer) }
    }

    /// Writes one line to the kernel's log.
    public static func log(_ level: LogLevel, _ text: StaticString) {
        unsafe Kernel.root.pointee.console.withLock { $0.log(level, text) }
    }

    // MARK: - The end

    /// Ends the program and the machine.
    public static func exit(status: Int32) -> Never {
        unsafe Kernel.root.pointee.console.withLock { $0.finish(status: status) }
        Power.off(success: status & 0xFF == 0)
    }

    // MARK: - The application's heap

    /// A block of the application's heap; `nil` when memory is exhausted.
    ///
    /// - Parameter alignment: A power of two.
    public static func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        let address = unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.applicationHeap.allocate(size: size, alignment: alignment, in: &memory.space)
        }
        return unsafe UnsafeMutableRawPointer(bitPattern: UInt(address ?? 0))
    }

    /// The same, filled with zeros.
    public static func allocateZeroed(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard let block = unsafe allocate(size: size, alignment: alignment) else { return nil }
        // A larger block is a fresh mapping, which reads as zeros.
        if size <= SizeClass.largest {
            unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        }
        return unsafe block
    }

    /// Gives a block back; an address that is no block is ignored.
    public static func deallocate(_ block: UnsafeMutableRawPointer) {
        let address = UInt64(UInt(bitPattern: block))
        _ = unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.applicationHeap.deallocate(address, in: &memory.space)
        }
    }

    /// Bytes that a block has room for; 0 when `block` is none.
    public static func usableSize(of block: UnsafeMutableRawPointer) -> Int {
        let address = UInt64(UInt(bitPattern: block))
        return unsafe Kernel.root.pointee.memory.withLock { $0.applicationHeap.size(of: address) }
            ?? 0
    }

    /// Makes a block larger or smaller; it may move. `nil`, and the block as
    /// it was, when memory is exhausted or `block` is none.
    public static func reallocate(
        _ block: UnsafeMutableRawPointer, alignment: Int, newSize: Int
    ) -> UnsafeMutableRawPointer? {
        let old = unsafe usableSize(of: block)
        guard old > 0 else { return nil }
        let isAligned = UInt(bitPattern: block) & UInt(alignment - 1) == 0
        // Staying wastes at most half of the block.
        if newSize <= old && newSize > old / 2 && isAligned { return unsafe block }
        guard let new = unsafe allocate(size: newSize, alignment: alignment) else { return nil }
        unsafe new.copyMemory(from: block, byteCount: min(old, newSize))
        unsafe deallocate(block)
        return unsafe new
    }

    // MARK: - Identity

    /// The running task's errno: the word behind its thread control block's pointer to itself.
    public static func errnoLocation() -> UnsafeMutablePointer<Int32> {
        let block = unsafe Kernel.root.pointee.task.threadControlBlock
        return unsafe UnsafeMutablePointer(bitPattern: UInt(block + ThreadBlock.errnoOffset))!
    }

    /// The running task's number.
    public static var taskIdentifier: Int32 {
        unsafe Kernel.root.pointee.task.identifier.rawValue
    }

    /// The image's first byte.
    public static var imageStart: Int { unsafe Int(Kernel.root.pointee.imageStart) }

    /// The processors that run tasks.
    public static var processorCount: Int { 1 }

    /// A random word from the processor; `nil` where it has no generator.
    public static func randomWord() -> UInt64? { unsafe Kernel.root.pointee.processor.randomWord() }

    // MARK: - The application's buffers

    /// Whether `[address, address + count)` is memory that the application may
    /// read (or write): mapped, or to be filled when touched, and not the kernel's.
    public static func validate(
        _ address: UnsafeRawPointer?, count: Int, writable: Bool
    ) -> Bool {
        guard count > 0 else { return count == 0 }
        let start = UInt64(UInt(bitPattern: address))
        let (end, overflow) = start.addingReportingOverflow(UInt64(count))
        guard !overflow, start >= 4096, end <= Layout.applicationEnd else { return false }
        return unsafe Kernel.root.pointee.memory.withLock { memory in
            var page = start & ~4095
            while page < end {
                if let (rights, size) = memory.space.tables.lookUp(page) {
                    if writable && !rights.contains(.write) { return false }
                    page = (page & ~(size - 1)) + size
                    continue
                }
                let isFilled =
                    memory.applicationStack.contains(page)
                    ? memory.space.fill(page, reserved: true)
                    : memory.applicationHeap.touch(page, in: &memory.space)
                guard isFilled else { return false }
                page += 4096
            }
            return true
        }
    }
}

/// The allocator's C names that Swift's runtime asks for inside the kernel
/// (allocator.c hands over).
@c(kernel_heap_allocate)
public func kernelHeapAllocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
    let address = unsafe Kernel.root.pointee.memory.withLock { memory in
        memory.kernelHeap.allocate(size: size, alignment: alignment, in: &memory.space)
    }
    return unsafe UnsafeMutableRawPointer(bitPattern: UInt(address ?? 0))
}

@c(kernel_heap_deallocate)
public func kernelHeapDeallocate(_ block: UnsafeMutableRawPointer) {
    let address = UInt64(UInt(bitPattern: block))
    _ = unsafe Kernel.root.pointee.memory.withLock { memory in
        memory.kernelHeap.deallocate(address, in: &memory.space)
    }
}
