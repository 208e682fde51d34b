import CMachine
import KernelFileSystem
import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport
import KernelTasks
import Synchronization

/// Everything about files that is not behind a descriptor.
///
/// One lock guards names, and one of 64 each open file's data, by its number;
/// never two of them at a time. Both are held for a short time only: what takes
/// long is done in pieces.
struct FilesState: ~Copyable {
    var names: SpinLock<NameState>
    let store: FileStore<KernelBlocks>
    let dataLocks: InlineArray<64, CoreLock>
    /// The root of everything.
    let root: Node
    /// Addresses of blocks for open files that were given back, one a core; 0: none.
    let spares: InlineArray<64, Atomic<UInt>> = InlineArray { _ in Atomic(0) }
    /// The same of blocks for paths.
    let pathSpares: InlineArray<64, Atomic<UInt>> = InlineArray { _ in Atomic(0) }
    /// Where paths start that have no leading slash. The names' lock guards it.
    var workingDirectory: Node
    /// Permissions that new files do not get.
    let mask = Atomic<UInt32>(0o022)

    /// The state's address; 0 until the first function of a path.
    private static let place = Atomic<UInt>(0)

    /// The state.
    ///
    /// - Throws: `ENOMEM`, where it is made and there is no memory.
    @inline(__always)
    static func shared() throws(Errno) -> UnsafeMutablePointer<FilesState> {
        let address = place.load(ordering: .acquiring)
        guard let state = unsafe UnsafeMutablePointer<FilesState>(bitPattern: address) else {
            return try unsafe make()
        }
        return unsafe state
    }

    /// The file systems; `nil` before the first function of a path.
    static var known: KernelFiles? {
        let address = place.load(ordering: .acquiring)
        guard let state = unsafe UnsafeMutablePointer<FilesState>(bitPattern: address) else { return nil }
        return unsafe KernelFiles(state: state)
    }

    /// The state, of which something is in use.
    @inline(__always)
    static var existing: UnsafeMutablePointer<FilesState> {
        unsafe UnsafeMutablePointer<FilesState>(bitPattern: place.load(ordering: .relaxed)).unsafelyUnwrapped
    }

    /// Makes the state. What is mounted is there when others see it: they wait for who has begun.
    @inline(never)
    private static func make() throws(Errno) -> UnsafeMutablePointer<FilesState> {
        while !isBeingMade.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged {
            // There is a scheduler, as there is another task.
            guard (try? Tasks.prepareToWait()) != nil else { throw .noMemory }
            Tasks.rest(until: Tasks.now + 1_000_000)
            let address = place.load(ordering: .acquiring)
            if let state = unsafe UnsafeMutablePointer<FilesState>(bitPattern: address) { return unsafe state }
        }
        defer { isBeingMade.store(false, ordering: .releasing) }
        // It may have been made before this task began.
        let address = place.load(ordering: .acquiring)
        if let state = unsafe UnsafeMutablePointer<FilesState>(bitPattern: address) { return unsafe state }
        let state = try unsafe makeAlone()
        // What can't be made for lack of memory is not there. The frame of what has made the state
        // is gone, as mounting wants most of a stack.
        unsafe SystemFiles.mount(KernelFiles(state: state), FileClock.now())
        place.store(UInt(bitPattern: state), ordering: .releasing)
        return unsafe state
    }

    private static let isBeingMade = Atomic<Bool>(false)
    @inline(never)
    private static func makeAlone() throws(Errno) -> UnsafeMutablePointer<FilesState> {
        guard let block = unsafe kernelHeapAllocate(MemoryLayout<FilesState>.size, 64) else {
            throw .noMemory
        }
        // Whoever has made the archive's memory the kernel's keeps it for ever.
        let archive = unsafe ConstantBytes(KernelServices.archive)
        let store = FileStore(
            KernelBlocks(), limit: KernelServices.memorySize / 2, archive: archive)
        let now = FileClock.now()
        var tree: RamTree
        do throws(Errno) {
            tree = try RamTree(
                hashKey: machine_read_tsc(), NewFile(mode: FileMode(0o755), now: now), store)
        } catch {
            unsafe kernelHeapDeallocate(block)
            throw .noMemory
        }
        let report = archive.count > 0 ? tree.addArchive(store) : nil
        let root = tree.root
        let state = unsafe block.assumingMemoryBound(to: FilesState.self)
        unsafe state.initialize(
            to: FilesState(
                names: SpinLock(NameState(tree), .names), store: store,
                dataLocks: InlineArray { _ in CoreLock(.files) }, root: Node(root, on: .ram),
                workingDirectory: Node(root, on: .ram)))
        if report?.error != nil {
            KernelServices.log(
                .warning, "the archive of files is damaged; what lies behind the damage is not there")
        } else if report?.refused ?? 0 > 0 {
            KernelServices.log(.warning, "not all files of the archive could be made")
        }
        return unsafe state
    }

    init(
        names: consuming SpinLock<NameState>, store: consuming FileStore<KernelBlocks>,
        dataLocks: consuming InlineArray<64, CoreLock>, root: Node, workingDirectory: Node
    ) {
        self.names = names
        self.store = store
        self.dataLocks = dataLocks
        self.root = root
        self.workingDirectory = workingDirectory
    }
}

/// The file systems with the kernel's locks and clock.
@safe struct KernelFiles: FileSystems {
    private let place: UnsafeMutablePointer<FilesState>

    private var state: FilesState {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(place) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe place }
    }

    init(state: UnsafeMutablePointer<FilesState>) { unsafe place = unsafe state }

    /// The file systems, of which a file is open.
    @inline(__always)
    static var existing: KernelFiles { unsafe KernelFiles(state: FilesState.existing) }

    /// - Throws: `ENOMEM`.
    init() throws(Errno) { unsafe self.init(state: try FilesState.shared()) }

    @inline(__always)
    func withNames<Result: ~Copyable>(
        _ body: (inout NameState, borrowing FileStore<KernelBlocks>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try state.names.withLock { names throws(Errno) in
            try body(&names, state.store)
        }
    }

    @inline(__always)
    func withData<Result>(
        _ data: OpenData, _ body: (OpenData, borrowing FileStore<KernelBlocks>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let index = Int(data.number % 64)
        let flags = machine_disable_interrupts()
        state.dataLocks[index].lock()
        defer {
            state.dataLocks[index].unlock()
            machine_restore_interrupts(flags)
        }
        return try body(data, state.store)
    }

    /// The same where interrupts are off.
    @inline(__always)
    func withDataQuickly<Result, Failure: Error>(
        _ data: OpenData, _ body: (borrowing FileStore<KernelBlocks>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let index = Int(data.number % 64)
        state.dataLocks[index].lock()
        defer { state.dataLocks[index].unlock() }
        return try body(state.store)
    }

    func withStore<Result>(_ body: (borrowing FileStore<KernelBlocks>) -> Result) -> Result {
        body(state.store)
    }

    /// Whether this core is in a copy to or from a file's data. Interrupts must be off.
    var holdsData: Bool {
        for index in 0..<64 {
            if state.dataLocks[index].isMine { return true }
        }
        return false
    }

    /// Takes pages of a file away, by its number, where somebody sees files in memory.
    nonisolated(unsafe) private static var cutFunction: (@convention(c) (UInt32, UInt64) -> Void)? = nil

    /// Lets nobody write to pages of a file without a fault, as above.
    nonisolated(unsafe) private static var protectFunction:
        (@convention(c) (UInt32, UInt64, UInt64) -> Void)? = nil

    static func setCut(
        _ function: @convention(c) (UInt32, UInt64) -> Void,
        protect: @convention(c) (UInt32, UInt64, UInt64) -> Void
    ) {
        unsafe cutFunction = function
        unsafe protectFunction = protect
    }

    func protect(_ data: OpenData, _ pages: Range<UInt64>) {
        if let function = unsafe Self.protectFunction {
            function(data.number, pages.lowerBound, pages.upperBound)
        }
    }

    func cut(_ data: OpenData, from page: UInt64) {
        if let function = unsafe Self.cutFunction { function(data.number, page) }
    }

    func now() -> FileTime { FileClock.now() }

    var accessTimes: AccessTimes { .relative }

    var root: Node { state.root }

    private static var core: Int { Int(truncatingIfNeeded: machine_core_identifier() % 64) }

    /// A block for an open file; `nil`: memory is exhausted.
    func takeBlock() -> UnsafeMutableRawPointer? {
        if let block = unsafe takeSpareBlock() { return unsafe block }
        return unsafe kernelHeapAllocate(MemoryLayout<OpenFile>.size, 16)
    }

    /// The same that was given back; `nil`: there is none.
    @inline(__always)
    func takeSpareBlock() -> UnsafeMutableRawPointer? {
        unsafe UnsafeMutableRawPointer(bitPattern: state.spares[Self.core].exchange(0, ordering: .acquiring))
    }

    /// Ends what opening a regular file in memory began, with interrupts off, where the file
    /// stays; `false`, and nothing is done, where it goes.
    @inline(__always)
    func closeQuickly(_ data: OpenData) -> Bool {
        state.names.withLockInterruptsOff { $0.ram.closeOfMany(data) }
    }

    /// Runs `body` with a block for a path.
    ///
    /// - Throws: `ENOMEM`.
    @inline(__always)
    func withPathBlock<Value>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let spare = state.pathSpares[Self.core].exchange(0, ordering: .acquiring)
        let known = unsafe UnsafeMutableRawPointer(bitPattern: spare)
        guard let block = unsafe known ?? kernelHeapAllocate(PathArgument.size, 16) else {
            throw .noMemory
        }
        defer {
            let old = state.pathSpares[Self.core].exchange(
                UInt(bitPattern: block), ordering: .acquiringAndReleasing)
            if let old = unsafe UnsafeMutableRawPointer(bitPattern: old) {
                unsafe kernelHeapDeallocate(old)
            }
        }
        return try unsafe body(UnsafeMutableRawBufferPointer(start: block, count: PathArgument.size))
    }

    /// Gives one back.
    func giveBlock(_ block: UnsafeMutableRawPointer) {
        let old = state.spares[Self.core].exchange(
            UInt(bitPattern: block), ordering: .acquiringAndReleasing)
        if let old = unsafe UnsafeMutableRawPointer(bitPattern: old) { unsafe kernelHeapDeallocate(old) }
    }

    /// Where paths start that have no leading slash.
    var workingDirectory: Node {
        get throws(Errno) {
            try withNames { (_, _) throws(Errno) in state.workingDirectory }
        }
    }

    /// Starts paths from another directory, which is kept; the old one is not any more.
    func setWorkingDirectory(_ directory: Node) throws(Errno) {
        try open(directory)
        let old = try withNames { (_, _) throws(Errno) in
            let old = state.workingDirectory
            state.workingDirectory = directory
            return old
        }
        // The root was never opened, and stays in any case.
        if old != root { close(old) }
    }

    /// Sets the mask; the one until now.
    func exchangeMask(_ mask: UInt32) -> UInt32 {
        state.mask.exchange(mask & 0o777, ordering: .relaxed)
    }

    /// A new file's permissions.
    func mode(_ bits: UInt32) -> FileMode {
        FileMode(bits).subtracting(FileMode(state.mask.load(ordering: .relaxed)))
    }
}
