import CMachine
import KernelDescriptors
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport
import KernelTasks

/// Everything about descriptors that one lock guards: the numbers, the open
/// descriptions, and who is told of their changes.
struct StreamState: ~Copyable {
    var numbers: NumberTable
    var descriptions: SlotTable<Description>
    var observation: Observation
    /// What is behind descriptors, by kinds.
    var pipes = SlotTable(StreamTable.pipes.storage(of: Pipe.self))
    var counters = SlotTable(StreamTable.counters.storage(of: Counter.self))
    var timers = SlotTable(StreamTable.timers.storage(of: StreamTimer.self))
    var sockets = SlotTable(StreamTable.sockets.storage(of: LocalSocket.self))
    var packets = SlotTable(StreamTable.packets.storage(of: Packet.self))
    var passed = SlotTable(StreamTable.passed.storage(of: PassedDescriptor.self))
    var localNames = SlotTable(StreamTable.localNames.storage(of: LocalName.self))
    /// The first of the sockets that a name leads to.
    var firstBound = Place.none
    var namedPipes = SlotTable(StreamTable.namedPipes.storage(of: NamedPipe.self))
    /// What makes a terminal of the console, once somebody has asked for it.
    var terminal: LineDiscipline? = nil
    /// Tasks were woken that are to run before others, or on other cores, and nobody has
    /// let them yet.
    var hasWoken = false

    /// The root, once there is a table. Its place is never moved.
    nonisolated(unsafe) static var root: UnsafeMutablePointer<StreamState>? = nil
    /// The same where there is one: without a branch, as whoever is wrong about that
    /// touches the null page.
    static var shared: StreamState {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(root.unsafelyUnwrapped) }
        @inline(__always) unsafeMutableAddress { unsafe root.unsafelyUnwrapped }
    }
    static let lock = CoreLock(.descriptors)
}

/// The tables behind descriptors, and where each lies.
enum StreamTable: UInt64 {
    case numbers
    case descriptions
    case sources
    case observers
    case pollers
    case sets
    case pipes
    case counters
    case timers
    case sockets
    case numberBits
    case terminal
    case namedPipes
    case packets
    case passed
    case localNames

    var base: UInt64 { Layout.descriptors + rawValue * Layout.descriptorTableStride }

    /// The table with no memory yet.
    ///
    /// - Parameter offset: Bytes in front of it.
    func storage<Record: BitwiseCopyable>(
        of type: Record.Type, at offset: UInt64 = 0
    ) -> SlotStorage<Record> {
        unsafe SlotStorage(
            UnsafeMutablePointer(bitPattern: UInt(base + offset)).unsafelyUnwrapped, count: 0)
    }

    /// Fills the memory of a table of so many bytes, where it is not there yet.
    ///
    /// - Throws: `ENOMEM`; and `ENFILE` where the table is as large as it gets.
    func fill(to bytes: Int, from filled: Int) throws(Errno) {
        let end = base + UInt64(bytes)
        guard end <= base + Layout.descriptorTableStride else { throw .tooManyOpenFilesInSystem }
        var page = base + UInt64(filled) & ~4095
        let isFilled = unsafe Kernel.root.pointee.memory.withLock { memory in
            while page < end {
                if memory.space.tables.lookUp(page) == nil,
                    !memory.space.fill(page, reserved: false)
                {
                    return false
                }
                page += 4096
            }
            return true
        }
        guard isFilled else { throw .noMemory }
    }

    /// Sees to it that a record can be taken.
    func prepare<Record: SlotRecord>(_ table: inout SlotTable<Record>) throws(Errno) {
        if table.hasPlace { return }
        let stride = MemoryLayout<Record>.stride
        let capacity = table.capacity + max(4096 / stride, 1)
        try fill(to: capacity * stride, from: table.capacity * stride)
        table.grow(to: capacity)
    }
}

extension StreamState {
    // MARK: - The lock

    /// Takes the lock.
    ///
    /// - Returns: What to give `leave`.
    @inline(__always)
    static func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        lock.lock()
        return flags
    }

    /// Gives the lock back, and lets those run that were woken.
    @inline(__always)
    static func leave(_ flags: UInt64) {
        let hasWoken = shared.hasWoken
        shared.hasWoken = false
        lock.unlock()
        if hasWoken { Tasks.settle() }
        machine_restore_interrupts(flags)
    }

    // MARK: - Waking and waiting

    /// Wakes tasks, with the lock; how many there were.
    static func wake(_ target: WakeTarget, _ count: Int) -> Int {
        let (woken, isUnsettled) = Tasks.wakeAndGoOn(key(target), count: count)
        if isUnsettled { shared.hasWoken = true }
        return woken
    }

    /// Wakes a task that waits to read from a source, with the lock.
    @inline(__always)
    static func wakeReader(of source: Place) {
        if Tasks.wakeOneAndGoOn(key(0, source)) { shared.hasWoken = true }
    }

    /// The running task waits for something to read; the lock is given back meanwhile.
    ///
    /// - Returns: `nil`: it was woken; else `EINTR`.
    @inline(__always)
    static func wait(forReadersOf source: Place) -> Errno? {
        let error = Tasks.wait(for: key(0, source), giving: lock)
        lock.lock()
        return error
    }

    private static func key(_ target: WakeTarget) -> WaitKey {
        switch target {
        case .readers(let source): key(0, source)
        case .writers(let source): key(1, source)
        case .poller(let poller): key(2, poller)
        case .waiters(let set): key(3, set)
        case .senders(let socket): key(4, socket)
        }
    }

    @inline(__always)
    private static func key(_ kind: UInt64, _ place: Place) -> WaitKey {
        WaitKey(.stream, (UInt64(truncatingIfNeeded: place.index) << 3 | kind) << 2)
    }

    /// The running task waits; the lock is given back meanwhile.
    ///
    /// - Returns: `nil`: it was woken; else `ETIMEDOUT`, `EINTR`.
    static func wait(for target: WakeTarget, until deadline: UInt64) -> Errno? {
        let error = Tasks.wait(for: key(target), until: deadline, giving: lock)
        lock.lock()
        return error
    }

    // MARK: - Descriptions

    /// Makes a description; the caller has the one reference.
    ///
    /// - Throws: `ENOMEM`, `ENFILE`.
    @inline(__always)
    mutating func makeDescription(
        _ kind: ObjectKind, object: UInt64, flags: OpenFlags,
        source: Place, set: Place = .none
    ) throws(Errno) -> Place {
        try StreamTable.descriptions.prepare(&descriptions)
        var description = Description()
        description.references = 1
        description.flags = flags
        description.source = source
        description.interestSet = set
        description.operations = kind.word
        description.object = object
        return descriptions.take(description)
    }

    /// Makes a source for a description to come.
    mutating func makeSource() throws(Errno) -> Place {
        try StreamTable.sources.prepare(&observation.sources)
        return observation.sources.take(Source())
    }

    /// The lowest free number from `first` on, with memory for it.
    ///
    /// - Throws: `EMFILE`, `ENOMEM`.
    @inline(__always)
    mutating func freeNumber(from first: Int = 0) throws(Errno) -> Int {
        guard let number = numbers.lowestFree(from: first) else { throw .tooManyOpenFiles }
        try prepareNumber(number)
        return number
    }

    /// Sees to it that there is memory for a number.
    mutating func prepareNumber(_ number: Int) throws(Errno) {
        if number < numbers.capacity { return }
        let stride = MemoryLayout<NumberTable.Entry>.stride
        let capacity = min((number + 512) & ~511, NumberTable.highestLimit)
        try StreamTable.numbers.fill(to: capacity * stride, from: numbers.capacity * stride)
        numbers.grow(to: capacity)
    }

    /// A number stands for a description from now on; what it stood for until now.
    ///
    /// - Precondition: There is memory for it.
    @inline(__always)
    mutating func setNumber(_ number: Int, _ description: Place, closesOnExec: Bool) -> Place {
        numbers.set(
            number, description, source: descriptions[description].source, closesOnExec: closesOnExec)
    }

    func kind(_ description: Place) -> ObjectKind {
        ObjectKind(word: descriptions[description].operations)
    }

    /// One reference fewer, with the lock. With the last one the description
    /// goes, and what is behind it, where that runs locked: a kind's function,
    /// which uses the state itself, so nobody may have it at this moment.
    ///
    /// - Returns: What has to be closed without the lock.
    @inline(__always)
    static func release(_ place: Place) -> Closing? {
        let reference = shared.descriptions.reference(to: place)
        reference.element.references &-= 1
        let description = reference.element
        if description.references > 0 { return nil }
        if !description.source.isNone {
            shared.observation.forget(place, source: description.source)
        }
        shared.descriptions.give(place)
        let kind = ObjectKind(word: description.operations)
        let runsLocked = kind.operations.runsLocked
        let sharesSource = kind.operations.sharesSource
        // Before its source goes: it may still tell others.
        let left = runsLocked ? kind.operations.close(description.object) : 0
        if !description.source.isNone && !sharesSource {
            shared.observation.sources.give(description.source)
        }
        if runsLocked {
            guard let closed = kind.operations.closed else { return nil }
            return Closing(kind: kind, function: closed, word: UInt64(bitPattern: Int64(left)))
        }
        return Closing(kind: kind, function: kind.operations.close, word: description.object)
    }
}

/// What is closed when the lock is given back.
struct Closing {
    let kind: ObjectKind
    let function: @convention(c) (UInt64) -> Int
    let word: UInt64

    /// The result of the close, which has happened in any case.
    func run() -> Int { function(word) }
}
