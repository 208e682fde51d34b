import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// What lies at an address, in words: for the report of a fault there.
enum MemoryPlace {
    /// How far from the stack pointer a function may reach with one step over
    /// the guard.
    private static let largestFrame: UInt64 = 0x1000_0000

    /// Which stack the running task has used up when it touched `address`
    /// with this stack pointer; `nil`: none.
    static func overflow(
        at address: UInt64, stackPointer: UInt64
    ) -> (name: StaticString, stack: Stack)? {
        guard unsafe Kernel.root != nil else { return nil }
        let context = unsafe Kernel.currentTask.pointee.context
        let application = Stack(context.applicationStack.range)
        let kernel = Stack(context.kernelStack.range)
        if isOverflow(application, address, stackPointer) { return ("application", application) }
        if isOverflow(kernel, address, stackPointer) { return ("kernel", kernel) }
        return nil
    }

    /// In the guard, or beyond it because of one large frame: then the stack
    /// pointer is below the stack as well, and the address close to it.
    private static func isOverflow(
        _ stack: Stack, _ address: UInt64, _ stackPointer: UInt64
    ) -> Bool {
        if stack.overflowed(at: address) { return true }
        guard stackPointer <= stack.bottom, stack.bottom - stackPointer < largestFrame,
            address < stack.bottom
        else { return false }
        return address + 4096 >= stackPointer && address <= stackPointer + largestFrame
    }

    /// Adds words about what lies at `address`.
    ///
    /// - Parameter error: What the processor says of the access.
    static func append(_ address: UInt64, _ error: PageFaultError, to line: inout LineBuffer) {
        if address < 4096 { return line.append("the null page") }
        guard VirtualAddress(address) != nil else { return line.append("no canonical address") }
        guard unsafe Kernel.root != nil else { return line.append("the machine is booting") }
        if address >= Layout.applicationEnd {
            appendKernelPlace(address, to: &line)
        } else if Layout.mappings.contains(address) {
            return appendMapping(address, error.access, to: &line)
        } else {
            appendApplicationPlace(address, to: &line)
        }
        guard error.isRefusal else { return }
        if error.isAboutKey { return appendDomain(of: address, to: &line) }
        switch error.access {
        case .fetch: line.append(", not executable")
        case .write: line.append(", read-only")
        case .read: break
        }
    }

    private static func appendMapping(
        _ address: UInt64, _ access: PageFaultError.Access, to line: inout LineBuffer
    ) {
        unsafe Kernel.root.pointee.memory.withLockOrAnyway(patience: Faults.patience) { memory, _ in
            memory.describeMapping(address, for: access, to: &line)
        }
    }

    /// Whether an address is of those that the application may not use.
    static func isKernels(_ address: UInt64) -> Bool {
        address >= Layout.applicationEnd && VirtualAddress(address) != nil
            || machine_is_kernels_data(address) != 0
    }

    private static func kernelPlace(_ address: UInt64) -> StaticString {
        switch address {
        case Layout.isolatedStacks...: "the stacks of isolated code"
        case Layout.devices...: "devices' registers"
        case Layout.kernelStacks...: "the kernel's stacks"
        case Layout.coreRecords...: "the kernel's records of its cores"
        case Layout.published...: "the kernel's map of the heap"
        case Layout.waitObjects...: "the kernel's tables"
        case Layout.tasks...: "the kernel's table of tasks"
        case Layout.applicationHeapRecords...: "the kernel's records of the heap"
        case Layout.kernelHeap...: "the kernel's heap"
        default: "the kernel's map of memory"
        }
    }

    private static func appendKernelPlace(_ address: UInt64, to line: inout LineBuffer) {
        let stack = unsafe Stack(Kernel.currentTask.pointee.context.kernelStack.range)
        if stack.overflowed(at: address) {
            line.append("the guard below the kernel stack")
        } else if stack.underflowed(at: address) {
            line.append("the guard above the kernel stack")
        } else {
            line.append(kernelPlace(address))
        }
    }

    private static func appendApplicationPlace(_ address: UInt64, to line: inout LineBuffer) {
        let (start, end) = unsafe (Kernel.root.pointee.imageStart, Kernel.root.pointee.imageEnd)
        if let owner = Kernel.stackOwner(of: address) {
            appendStackPlace(address, owner, to: &line)
        } else if start <= address && address < end {
            line.append(ImageMap(base: start).contents(at: address))
        } else if let place = heapPlace(address) {
            append(place, address, to: &line)
        } else {
            line.append(address < 0x1_0000 ? "nothing, close to null" : "nothing")
        }
    }

    /// Words about an address in the part of the stacks that is a task's.
    private static func appendStackPlace(
        _ address: UInt64, _ owner: TaskEntry, to line: inout LineBuffer
    ) {
        let extent = owner.context.applicationStack
        guard extent.top > 0 else { return line.append("the stack of a task that has ended") }
        let stack = Stack(extent.range)
        if stack.contains(address) {
            line.append("the application stack")
        } else if stack.overflowed(at: address) {
            line.append("the guard below the application stack")
        } else if stack.underflowed(at: address) {
            line.append("the guard above the application stack")
        } else {
            return line.append("nothing")
        }
        if owner.identifier != (unsafe Kernel.currentTask.pointee.identifier) {
            line.append(" of task ")
            line.append(decimal: Int(owner.identifier.rawValue))
        }
    }

    private static func appendDomain(of address: UInt64, to line: inout LineBuffer) {
        unsafe Kernel.root.pointee.memory.withLockOrAnyway(patience: Faults.patience) { memory, _ in
            guard let page = memory.space.tables.lookUp(address) else { return }
            line.append(", domain ")
            line.append(page.rights.key.name)
        }
    }

    private static func heapPlace(_ address: UInt64) -> HeapPlace? {
        var place: HeapPlace? = nil
        unsafe Kernel.root.pointee.memory.withLockOrAnyway(patience: Faults.patience) { memory, _ in
            place = memory.applicationHeap.place(of: address, in: &memory.space)
        }
        return place
    }

    private static func append(_ place: HeapPlace, _ address: UInt64, to line: inout LineBuffer) {
        switch place {
        case .block(let start, let size):
            line.append(decimal: Int(address - start))
            line.append(" bytes into a heap block of ")
            line.append(decimal: Int(size))
        case .behindBlock(let start, let size):
            line.append(decimal: Int(address - start - size))
            line.append(" bytes behind a heap block of ")
            line.append(decimal: Int(size))
        case .freed: line.append("freed heap memory")
        case .unused: line.append("an unused part of the heap")
        case .records: line.append("the heap's records")
        }
    }
}
