import KernelDescriptors
import KernelMain
import KernelSupport
import Synchronization

/// A set of interests behind a descriptor (Linux, epoll(7)). The word is the
/// set's place.
enum InterestList {
    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.anonymous,
                read: { _, _ in Errno.invalidArgument.result },
                write: { _, _ in Errno.invalidArgument.result },
                close: { word in
                    StreamState.shared.observation.close(Place(Int(word)))
                    return 0
                })
        }
    }
}

/// What is done with an interest.
public enum InterestChange: Sendable {
    case add(Observation.Wish)
    case modify(Observation.Wish)
    case remove
    /// A request that is none.
    case unknown

    fileprivate var wish: Observation.Wish? {
        switch self {
        case .add(let wish), .modify(let wish): wish
        case .remove, .unknown: nil
        }
    }
}

extension Descriptors {
    /// Makes an empty set of interests.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func makeInterestList(closesOnExec: Bool) throws(Errno) -> Int32 {
        try start()
        let kind = InterestList.kind
        return try locked { state throws(Errno) in
            try StreamTable.sets.prepare(&state.observation.sets)
            let set = state.observation.sets.take(InterestSet())
            do throws(Errno) {
                let number = try state.open(
                    kind, object: UInt64(set.index), flags: [.read, .write],
                    closesOnExec: closesOnExec, set: set)
                state.observation.sets[set].source = state.source(of: number)
                return number
            } catch {
                state.observation.sets.give(set)
                throw error
            }
        }
    }

    /// Changes what a set is interested in (Linux, epoll_ctl(2)).
    ///
    /// - Throws: `EBADF`; `EPERM` where what is behind the descriptor is always
    ///   ready; `EINVAL` where `list` is none, both are the same, or the
    ///   options do not go together; `EEXIST`, `ENOENT`; `ELOOP`; `ENOMEM`.
    public static func change(
        _ list: Int32, _ number: Int32, _ change: InterestChange
    ) throws(Errno) {
        try startFor(list)
        try locked { state throws(Errno) in
            let listPlace = try description(list, in: state)
            let place = try description(number, in: state)
            let source = state.descriptions[place].source
            guard !source.isNone else { throw .notPermitted }
            let set = state.descriptions[listPlace].interestSet
            guard !set.isNone, listPlace != place else { throw .invalidArgument }
            let observed = state.descriptions[place].interestSet
            if let wish = change.wish { try check(wish, change, observesSet: !observed.isNone) }
            if case .add = change, !observed.isNone,
                !state.observation.mayObserve(observed, from: set)
            {
                throw .tooManySymbolicLinkLevels
            }
            var interest = state.observation.interest(
                of: set, in: place, number: number, source: source)
            switch change {
            case .add:
                guard interest.isNone else { throw .fileExists }
                try StreamTable.observers.prepare(&state.observation.observers)
                interest = state.observation.add(
                    to: set, place, number: number, source: source, observedSet: observed)
            case .modify:
                guard !interest.isNone else { throw .noSuchFileOrDirectory }
                guard !state.observation.options(of: interest).contains(.exclusive) else {
                    throw .invalidArgument
                }
            case .remove:
                guard !interest.isNone else { throw .noSuchFileOrDirectory }
                state.observation.remove(interest)
            case .unknown: throw .invalidArgument
            }
            if let wish = change.wish {
                state.observation.update(interest, wish, ready: readiness(place)) {
                    StreamState.wake($0, $1)
                }
            }
        }
    }

    /// EPOLLEXCLUSIVE goes with few others, and can't be changed.
    private static func check(
        _ wish: Observation.Wish, _ change: InterestChange, observesSet: Bool
    ) throws(Errno) {
        guard wish.options.contains(.exclusive) else { return }
        guard case .add = change, !observesSet, !wish.options.contains(.once),
            wish.wanted.isSubset(of: [.readable, .writable, .failed, .hungUp])
        else { throw .invalidArgument }
    }

    /// Waits until something in a set is ready, and gives what is.
    ///
    /// - Parameters:
    ///   - limit: How many at most.
    ///   - deadline: On the monotonic clock; 0: does not wait; `.max`: for ever.
    ///   - give: Takes what is ready and the data, with the lock; `false`: it can't.
    /// - Returns: How many were given; 0: the time is over.
    /// - Throws: `EBADF`; `EINVAL` where `list` is none; `EFAULT` where the
    ///   first could not be given; `EINTR`.
    @inline(__always)
    public static func wait(
        _ list: Int32, limit: Int, until deadline: UInt64, give: (Readiness, UInt64) -> Bool
    ) throws(Errno) -> Int {
        try startFor(list)
        let flags = StreamState.enter()
        var place = Place.none
        var set = Place.none
        do throws(Errno) {
            place = try description(list, in: StreamState.shared)
            set = StreamState.shared.descriptions[place].interestSet
            if set.isNone { throw .invalidArgument }
        } catch {
            StreamState.leave(flags)
            throw error
        }
        StreamState.shared.descriptions[place].references += 1
        var error: Errno? = nil
        var count = 0
        while true {
            var isRefused = false
            count = StreamState.shared.observation.take(
                set, limit: limit, readiness: { leafReadiness($0) },
                give: { ready, data in
                    let isTaken = give(ready, data)
                    if !isTaken { isRefused = true }
                    return isTaken
                })
            if isRefused && count == 0 { error = .badAddress }
            if count > 0 || isRefused || deadline == 0 || error != nil { break }
            StreamState.shared.observation.sets[set].waiters += 1
            error = StreamState.wait(for: .waiters(set), until: deadline)
            StreamState.shared.observation.sets[set].waiters -= 1
            if error == .interrupted { break }
        }
        // What is left is the next one's.
        if StreamState.shared.observation.hasQueued(set),
            StreamState.shared.observation.sets[set].waiters > 0
        {
            _ = StreamState.wake(.waiters(set), 1)
        }
        let closing = StreamState.release(place)
        StreamState.leave(flags)
        _ = closing?.run()
        if let error, error != .timedOut, count == 0 { throw error }
        return count
    }
}
