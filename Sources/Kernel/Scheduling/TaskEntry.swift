/// Where a task stands.
public enum TaskState: UInt8, Sendable, BitwiseCopyable {
    /// The place has no task.
    case free
    /// It is being made; nothing runs it yet.
    case new
    /// In a run queue.
    case ready
    /// On a core.
    case running
    /// It waits to be woken, for a time, or both.
    case blocked
    /// It has ended and nobody has joined it.
    case ended
}

/// Why a task that was blocked runs again.
public enum WakeReason: UInt8, Sendable, BitwiseCopyable {
    case woken
    case timedOut
    /// A signal has come.
    case interrupted
}

/// What the scheduler knows of a task.
public struct TaskEntry: Sendable, BitwiseCopyable {
    public internal(set) var identifier: TaskIdentifier
    public internal(set) var state = TaskState.free
    /// 0 to 30, the one it was given.
    public internal(set) var basePriority: UInt8 = 0
    /// The one it runs with: larger than its own while it holds what a more
    /// urgent task waits for.
    public internal(set) var priority: UInt8 = 0
    /// It may run on `core` alone, or, where there are any, on `choices`.
    public internal(set) var isPinned = false
    /// The cores that a pinned task may run on; 0: `core`.
    var choices: UInt64 = 0
    /// The core it runs on, or ran on last.
    public internal(set) var core: UInt8 = 0
    public internal(set) var wakeReason = WakeReason.woken
    /// Its next `yield` blocks it, until `stopDeadline`.
    public internal(set) var stopsAtYield = false
    var stopDeadline: UInt64 = .max
    /// It was joined, or is being joined, and may be forgotten once it has ended.
    var isJoined = false
    /// It has ended and its stack is left; the place may be used again.
    var isReaped = false
    /// The exit status.
    public internal(set) var status: Int32 = 0

    /// Neighbours in a run queue or in a list of waiting tasks.
    var next = TaskIndex.none
    var previous = TaskIndex.none
    /// When it came to its run queue: smaller is earlier.
    var arrival: UInt64 = 0
    /// How long it runs before an equal has its turn, in nanoseconds; `.max`: until it waits.
    var slice = Scheduler.slice
    /// What is left of its time slice, in nanoseconds.
    var sliceLeft: UInt64 = 0

    /// What it waits for, and the list it is in.
    var key = WaitKey.nothing
    /// The holder of what it waits for, which inherits its priority.
    var waitsForHolder = TaskIndex.none
    /// How many things it holds that others may wait for.
    var holdings: Int32 = 0

    /// The timer queue's links, when it waits for a time.
    var isTimed = false
    var timerCore: UInt8 = 0
    public internal(set) var deadline: UInt64 = .max
    var timerOrder: UInt64 = 0
    var timerChild = TaskIndex.none
    var timerSibling = TaskIndex.none
    /// The sibling before, or the parent of the first child.
    var timerPrevious = TaskIndex.none

    /// Nanoseconds on a core, until it was last put on one.
    public internal(set) var processorTime: UInt64 = 0
    /// When it was last put on a core.
    var runningSince: UInt64 = 0

    /// What the machine keeps of it.
    public var context = TaskContext()

    /// The place of the `WaitObject` that it waits for; `nil`: it waits for none.
    public var awaitedObject: Int? {
        state == .blocked && key.kind == .object ? Int(key.address) : nil
    }

    init(identifier: TaskIdentifier) { self.identifier = identifier }

    @inline(__always)
    private init(runningFirst identifier: TaskIdentifier) {
        self.identifier = identifier
        state = .running
        basePriority = Self.normalPriority
        priority = Self.normalPriority
    }

    /// The first task, before there is a scheduler.
    @inline(__always)
    public static var first: Self { Self(runningFirst: .first) }

    /// What a task has that nobody gave a priority.
    public static let normalPriority: UInt8 = 2

    /// Changes the priority of a task that no scheduler knows.
    public mutating func setAlonePriority(_ priority: UInt8) {
        basePriority = priority
        self.priority = priority
    }

    /// It gives way to its equals after a time slice.
    public var takesTurns: Bool { slice != .max }

    public var name: StaticString { identifier == .first ? "main" : "spawned" }
}

/// What a task needs to run, in the machine's words; the scheduler does not look at it.
public struct TaskContext: Sendable, BitwiseCopyable {
    /// Where the kernel's stack pointer was when it last stopped.
    public var stackPointer: UInt64 = 0
    /// The thread control block.
    public var threadPointer: UInt64 = 0
    /// The kernel's stack, and the application's.
    public var kernelStack = StackExtent()
    public var applicationStack = StackExtent()
    /// The lowest page of the application's stack that was filled.
    public var lowestFilled: UInt64 = .max
    /// Pages of the application's stack are promised to it: memory for them is there.
    public var isStackPromised = false
    /// The lower part of a kept application stack has been taken away, and
    /// cores may still know it.
    public var isStackTrimmed = false
    /// The task has ended, and its stacks and its thread's storage are kept
    /// for the next one at its place.
    public var isKept = false
    /// The handle of the queue that it has entered, 0: none, and when its
    /// wait there ends.
    public var queue: UInt64 = 0
    public var queueDeadline: UInt64 = .max
    /// What it runs, and the argument.
    public var function: UInt64 = 0
    public var argument: UInt64 = 0
    public var signals = SignalState()

    public init() {}

    /// The part of the application's stack that was filled.
    public var filledStack: Range<UInt64> {
        min(lowestFilled, applicationStack.top)..<applicationStack.top
    }
}

/// Where a stack is, in addresses; both 0: there is none.
public struct StackExtent: Sendable, BitwiseCopyable {
    public var bottom: UInt64 = 0
    /// The byte behind the last.
    public var top: UInt64 = 0

    public init() {}
    public init(_ bottom: UInt64, _ top: UInt64) { (self.bottom, self.top) = (bottom, top) }
    public init(_ range: Range<UInt64>) { (bottom, top) = (range.lowerBound, range.upperBound) }

    public var range: Range<UInt64> { bottom..<top }

    public func contains(_ address: UInt64) -> Bool { bottom <= address && address < top }
}
