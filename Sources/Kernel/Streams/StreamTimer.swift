import CMachine
import KernelDescriptors
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelTime
import Synchronization

/// A timerfd: a timer whose expiries are read (Linux, timerfd_create(2)).
/// Times are those of the monotonic clock.
struct StreamTimer: ObservedRecord {
    var nextFree = Place.none
    var timer = ExpiryTimer()
    var source = Place.none
    /// The place is taken.
    var isUsed = false
    /// Times that are given are of the clock of the day.
    var followsTimeOfDay = false

    static let table = StreamTable.timers

    static func with<Value>(
        _ state: inout StreamState, _ body: (inout SlotTable<Self>) throws(Errno) -> Value
    ) throws(Errno) -> Value { try body(&state.timers) }

    mutating func read(_ transfer: inout Transfer) -> Int {
        guard transfer.remaining >= 8 else { return Errno.invalidArgument.result }
        _ = timer.advance(to: Tasks.now)
        var rest = timer
        guard let expired = rest.take() else { return mustWait }
        guard transfer.store(expired) else { return Errno.badAddress.result }
        timer = rest
        return 8
    }

    var readiness: Readiness {
        var timer = timer
        _ = timer.advance(to: Tasks.now)
        return timer.expired > 0 ? .readable : []
    }

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.anonymous,
                read: { word, transfer in
                    StreamState.shared.timers[Place(Int(word))].read(
                        &Transfer[transfer])
                },
                write: { _, _ in Errno.invalidArgument.result },
                close: { word in
                    StreamState.shared.timers.give(Place(Int(word)))
                    return 0
                },
                readiness: { word in
                    StreamState.shared.timers[Place(Int(word))].readiness.rawValue
                })
        }
    }

    // MARK: - Expiring

    /// The core whose timer serves all of them: where one was set last.
    nonisolated(unsafe) private static var core = 0

    /// Tells of what has expired; with the lock.
    ///
    /// - Returns: When the next expires; `.max`: none does.
    private static func expire(at now: UInt64) -> UInt64 {
        var next = UInt64.max
        let capacity = StreamState.shared.timers.capacity
        for index in 0..<capacity {
            let place = Place(index)
            guard StreamState.shared.timers[place].isUsed else { continue }
            if StreamState.shared.timers[place].timer.advance(to: now) {
                Descriptors.tell(
                    StreamState.shared.timers[place].source, .readable)
            }
            next = min(next, StreamState.shared.timers[place].timer.deadline ?? .max)
        }
        return next
    }

    /// A core's timer has interrupted it, and no lock is held.
    ///
    /// - Returns: When it has to again; `.max`: not for this.
    private static func interrupted(_ core: Int, at now: UInt64) -> UInt64 {
        guard unsafe core == self.core else { return .max }
        StreamState.lock.lock()
        let next = expire(at: now)
        // Whoever was woken runs when the interrupt is over.
        StreamState.shared.hasWoken = false
        StreamState.lock.unlock()
        return next
    }

    /// Sees to it that this core's timer serves all; with the lock.
    static func serve() {
        unsafe core = Int(truncatingIfNeeded: machine_core_identifier())
        let next = expire(at: Tasks.now)
        Tasks.setStreamTimer({ StreamTimer.interrupted($0, at: $1) })
        if next != .max { Tasks.interrupt(at: next) }
    }
}

extension Descriptors {
    /// Makes a timer that is not set.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func makeTimer(
        followsTimeOfDay: Bool, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        try start()
        let kind = StreamTimer.kind
        return try locked { state throws(Errno) in
            try state.open(
                kind, StreamTimer(isUsed: true, followsTimeOfDay: followsTimeOfDay),
                isNonBlocking: isNonBlocking, closesOnExec: closesOnExec)
        }
    }

    /// How long until a timer expires next, and its period; 0 for not at all.
    public struct TimerSetting: Sendable {
        public var left: UInt64
        public var period: UInt64
    }

    /// Sets a timer, or only asks.
    ///
    /// - Parameters:
    ///   - deadline: When it expires, on the monotonic clock; 0: never.
    ///   - changes: `false`: it stays as it is.
    /// - Returns: How it was set.
    /// - Throws: `EBADF`; `EINVAL` where the descriptor is no timer.
    public static func setTimer(
        _ number: Int32, deadline: UInt64, period: UInt64, changes: Bool
    ) throws(Errno) -> TimerSetting {
        try startFor(number)
        let kind = StreamTimer.kind
        return try locked { state throws(Errno) in
            let place = try timer(number, kind, in: state)
            let now = Tasks.now
            _ = state.timers[place].timer.advance(to: now)
            let old = TimerSetting(
                left: state.timers[place].timer.left(at: now),
                period: state.timers[place].timer.period)
            if changes {
                state.timers[place].timer.set(deadline == 0 ? nil : deadline, period: period)
                StreamTimer.serve()
            }
            return old
        }
    }

    /// Whether a timer is one of the clock of the day.
    ///
    /// - Throws: As `setTimer`.
    public static func followsTimeOfDay(_ number: Int32) throws(Errno) -> Bool {
        try startFor(number)
        let kind = StreamTimer.kind
        return try locked { state throws(Errno) in
            state.timers[try timer(number, kind, in: state)].followsTimeOfDay
        }
    }

    private static func timer(
        _ number: Int32, _ kind: ObjectKind, in state: borrowing StreamState
    ) throws(Errno) -> Place {
        let description = state.descriptions[try description(number, in: state)]
        guard description.operations == kind.word else { throw .invalidArgument }
        return Place(Int(description.object))
    }
}
