import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The heaps and mappings, and the address space they live in: what one lock guards.
package struct Memory: ~Copyable {
    package var space: AddressSpace
    package var kernelHeap = Heap(
        base: Layout.kernelHeap, records: Layout.kernelHeap + Layout.heapSize, fillsOnTouch: false, isCached: false)
    package var applicationHeap = Heap(
        base: Layout.applicationHeap, records: Layout.applicationHeapRecords, fillsOnTouch: true, isCached: true)

    package var mappings = Mappings()
    /// `nil` as long as there has been no mapping.
    var mappingOperations: MappingOperations? = nil

    /// Memory of which nothing is known yet.
    @inline(__always)
    init() { space = AddressSpace() }

    /// Frames that are promised to a stack of so many pages, with its tables.
    static func promisedFrames(_ pages: Int) -> Int { pages + pages / 512 + 3 }

    /// Takes an application stack's memory back, and ends what was promised to it.
    package mutating func release(_ context: TaskContext) {
        let stack = context.applicationStack.range
        let filled = space.drop(stack.lowerBound, count: stack.count / 4096)
        if context.isStackPromised {
            space.frames.unreserve(Self.promisedFrames(stack.count / 4096) - filled)
        }
    }
}

/// Everything the kernel knows, built in boot order: the one root value.
///
/// It begins as a constant of the image (`beginning`), which boot fills in where it
/// lies, and moves to its place when all of it is known.
///
/// The order of its locks, and of others, is in KernelMachine/KernelLock.
package struct Kernel: ~Copyable {
    package internal(set) var processor = Processor.unknown
    package var memory = SpinLock(Memory(), .memory)
    var console = SpinLock(Console(), .console)
    /// The first task, as long as there is no scheduler.
    package var firstTask = TaskEntry.first
    /// The table of tasks, once there is a scheduler. The memory lock guards
    /// what it says of stacks.
    package var tasks: SlotStorage<TaskEntry>? = nil
    /// The application's heap is checked at every call.
    var checksHeap = false
    /// The program's end tells what it has used.
    var tellsStatistics = false
    /// A bit for each of the standard streams that is a terminal.
    var terminals: UInt32 = 0
    /// What a task's local storage starts as.
    var localStorage = hermit_tls_info()
    /// What `runtime_entry` gets.
    var arguments: BootArguments? = nil
    var imageStart: UInt64 = 0
    var imageEnd: UInt64 = 0
    /// The time stamp counter when the loader was entered.
    var loaderEntryTime: UInt64 = 0
    /// The device tree, where it stays, and the end of the memory that holds it.
    var deviceTree: Range<UInt64> = 0..<0
    /// Where the program's files lie in an archive; empty: it has none.
    var archive: Range<UInt64> = 0..<0

    /// What is known before anything is: for `Boot` alone.
    nonisolated(unsafe) static var beginning = Kernel()

    /// The root, once `Boot` has built it. Its place is never moved.
    nonisolated(unsafe) package static var root: UnsafeMutablePointer<Kernel>! = nil
}

extension Kernel {
    /// The running task; the root value must be there. Without a branch, as whoever is wrong
    /// about that touches the null page.
    package static var currentTask: UnsafeMutablePointer<TaskEntry> {
        @inline(__always)
        get { unsafe UnsafeMutablePointer(bitPattern: UInt(machine_current_task())).unsafelyUnwrapped }
    }

    /// The task to whose part of the application's stacks an address belongs.
    static func stackOwner(of address: UInt64) -> TaskEntry? {
        guard let place = Stack.place(ofApplicationAddress: address) else { return nil }
        return unsafe stackEntry(place)?.pointee
    }

    /// The entry at a place of the table of tasks; `nil` behind its end.
    static func stackEntry(_ place: Int) -> UnsafeMutablePointer<TaskEntry>? {
        guard let tasks = unsafe root.pointee.tasks else {
            guard place == 0 else { return nil }
            return unsafe withUnsafeMutablePointer(to: &root.pointee.firstTask) { unsafe $0 }
        }
        return place < tasks.count ? unsafe tasks.address(of: place) : nil
    }
}
