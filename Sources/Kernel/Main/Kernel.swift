import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The heaps, and the address space they live in: what one lock guards.
struct Memory: ~Copyable {
    var space: AddressSpace
    var kernelHeap = Heap(base: Layout.kernelHeap, fillsOnTouch: false)
    var applicationHeap = Heap(base: Layout.applicationHeap, fillsOnTouch: true)
    /// The stack of the application's first task.
    var applicationStack: Stack

    init(space: consuming AddressSpace, applicationStack: Stack) {
        self.space = space
        self.applicationStack = applicationStack
    }
}

/// Everything the kernel knows, built in boot order: the one root value.
///
/// Lock order: `memory` before `console`; neither is held while the
/// application runs.
struct Kernel: ~Copyable {
    let processor: Processor
    var memory: SpinLock<Memory>
    var console: SpinLock<Console>
    var task: Task
    /// What `runtime_entry` gets.
    var arguments: BootArguments? = nil
    let imageStart: UInt64
    let imageEnd: UInt64

    /// The root, once `Boot` has built it. Its place is never moved.
    nonisolated(unsafe) static var root: UnsafeMutablePointer<Kernel>! = nil
}
