import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The heaps, and the address space they live in: what one lock guards.
struct Memory: ~Copyable {
    var space: AddressSpace
    var kernelHeap = Heap(
        base: Layout.kernelHeap, fillsOnTouch: false, isCached: false)
    var applicationHeap = Heap(
        base: Layout.applicationHeap, fillsOnTouch: true, isCached: true)

    init(space: consuming AddressSpace) { self.space = space }
}

/// Everything the kernel knows, built in boot order: the one root value.
///
/// Lock order: `console` before `memory`, because a page that is filled while
/// a buffer is copied to the console needs memory; neither is held while the
/// application runs.
struct Kernel: ~Copyable {
    let processor: Processor
    var memory: SpinLock<Memory>
    var console: SpinLock<Console>
    var task: Task
    /// The application's heap is checked at every call.
    let checksHeap: Bool
    /// The stack of the application's first task.
    let applicationStack: Stack
    /// The stack on which that task runs in the kernel.
    let kernelStack: Stack
    /// What `runtime_entry` gets.
    var arguments: BootArguments? = nil
    let imageStart: UInt64
    let imageEnd: UInt64
    /// The time stamp counter when the loader was entered.
    let loaderEntryTime: UInt64

    /// The root, once `Boot` has built it. Its place is never moved.
    nonisolated(unsafe) static var root: UnsafeMutablePointer<Kernel>! = nil
}
