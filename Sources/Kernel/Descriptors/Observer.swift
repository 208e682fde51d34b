/// Something whose readiness changes: one end of a pipe, an eventfd, a set of
/// interests.
public struct Source: SlotRecord, Sendable {
    public var nextFree = Place.none
    /// Who wants to be told, the first of a list.
    var firstObserver = Place.none
    var lastObserver = Place.none
    /// Tasks that wait in a read, and in a write. Never fewer than there are.
    public var readers: Int32 = 0
    public var writers: Int32 = 0
    /// What it is not ready for: somebody has looked, and nothing has been told
    /// since. Only of what tells of everything that it becomes ready for.
    public var quiet: Readiness = []
    /// All that it is ready for: somebody has looked, and since then nothing has been told
    /// and nothing been moved; empty: nobody knows. Only of what changes by moves alone.
    public var seen: Readiness = []
    /// As long as a power of two, by which places are counted in one instruction.
    private var unused: UInt32 = 0

    public init() {}
}

/// Who is told when a source's readiness changes: a task in `poll`, or an
/// entry of a set of interests.
public struct Observer: SlotRecord, Sendable {
    public var nextFree = Place.none
    /// What it observes, and for which description.
    var source = Place.none
    var description = Place.none
    /// Neighbours in the source's list.
    var next = Place.none
    var previous = Place.none
    /// A `Poller`, or an `InterestSet`, and neighbours in that one's list.
    var owner = Place.none
    var ownerNext = Place.none
    var ownerPrevious = Place.none
    /// It belongs to an `InterestSet`.
    var isInterest = false
    /// What it is told of.
    var wanted: Readiness = []

    // Of an interest alone:

    /// The number by which it was added.
    var number: Int32 = -1
    /// What the program gave with it.
    var data: UInt64 = 0
    var options: InterestOptions = []
    /// It was told, and tells no more until it is changed (EPOLLONESHOT).
    var isDisarmed = false
    /// The set that it observes; none: it observes something else.
    var observedSet = Place.none
    /// It is in the set's list of those that may be ready, and its neighbours there.
    var isQueued = false
    var queueNext = Place.none
    var queuePrevious = Place.none

    public init() {}
}

/// How an interest is told (Linux, epoll_ctl(2)).
public struct InterestOptions: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// EPOLLET: once for every change.
    public static let edge = Self(rawValue: 1 << 31)
    /// EPOLLONESHOT: once.
    public static let once = Self(rawValue: 1 << 30)
    /// EPOLLWAKEUP, which keeps a machine awake: there is nothing to do for it.
    public static let staysAwake = Self(rawValue: 1 << 29)
    /// EPOLLEXCLUSIVE: of several sets one with a waiting task is enough.
    public static let exclusive = Self(rawValue: 1 << 28)

    public static let all: Self = [.edge, .once, .staysAwake, .exclusive]
}

/// A task in `poll` or `select`.
public struct Poller: SlotRecord, Sendable {
    public var nextFree = Place.none
    var firstObserver = Place.none
    /// Something has changed since it looked.
    public var isTold = false

    public init() {}
}

/// A set of interests: an epoll instance.
public struct InterestSet: SlotRecord, Sendable {
    public var nextFree = Place.none
    /// Its own source, for who observes the set.
    public var source = Place.none
    var firstInterest = Place.none
    /// Interests that may be ready, in the order in which they became so.
    var firstQueued = Place.none
    var lastQueued = Place.none
    /// Tasks that wait for it. Never fewer than there are.
    public var waiters: Int32 = 0
    /// The last search that has come here, and what it has found: sets in a row.
    var visit: UInt32 = 0
    var row: Int32 = 0

    public init() {}
}

/// Whom a change wakes.
public enum WakeTarget: Equatable, Sendable {
    /// Tasks that wait in a read, or a write, of a source.
    case readers(Place)
    case writers(Place)
    /// The task in `poll`.
    case poller(Place)
    /// Tasks that wait for a set of interests.
    case waiters(Place)
    /// Tasks that wait for a place in the queue of a socket that is not theirs.
    case senders(Place)
}
