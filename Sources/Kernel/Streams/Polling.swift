import KernelDescriptors
import KernelMain
import KernelSupport
import KernelTasks

/// A task in `poll`: looks at descriptors, and waits for one to be ready.
///
/// The descriptors are looked at several at a time under the lock; where none
/// is ready they are looked at once more, one after the other, and observed from
/// then on.
@safe public struct Polling: ~Copyable {
    private var poller = Place.none
    /// It observes what it looks at from now on.
    private var observes = false

    /// - Throws: As `Descriptors.start`.
    public init() throws(Errno) { try Descriptors.start() }

    /// Looks at descriptors without a pause, and observes none.
    ///
    /// - Parameters:
    ///   - count: How many; the lock is held for all of them.
    ///   - entry: A descriptor's number and what is wanted of it; a negative
    ///     number: it is passed over.
    ///   - found: Takes what it is ready for of that, or `.invalid`.
    @inline(__always)
    public static func look(
        _ count: Int, _ entry: (Int) -> (number: Int32, wanted: Readiness),
        found: (Int, Readiness) -> Void
    ) {
        let flags = StreamState.enter()
        // Not looked for again for each of them.
        let state = unsafe StreamState.root.unsafelyUnwrapped
        for index in 0..<count {
            let (number, wanted) = entry(index)
            let all = wanted.union(.always)
            found(index, unsafe isQuiet(number, all, in: &state.pointee) ? [] : look(number, all))
        }
        StreamState.leave(flags)
    }

    /// Whether it is known that a descriptor is ready for nothing of some, with
    /// the lock. Few branches: what is not there is not known, and of the first source,
    /// which is nobody's, nothing is.
    @inline(__always)
    private static func isQuiet(
        _ number: Int32, _ wanted: Readiness, in state: inout StreamState
    ) -> Bool {
        let source = state.numbers.source(number)
        return state.observation.sources.referenceOrFirst(source).element.quiet.isSuperset(of: wanted)
    }

    /// What a descriptor is ready for of some, with the lock, where a negative
    /// number is none that was meant; and notes what it is not ready for.
    @inline(never)
    private static func look(_ number: Int32, _ wanted: Readiness) -> Readiness {
        if number < 0 { return [] }
        let place = StreamState.shared.numbers.description(number)
        if place.isNone { return .invalid }
        let ready = Descriptors.readiness(place)
        let source = StreamState.shared.descriptions[place].source
        if !source.isNone && StreamState.shared.kind(place).operations.tellsAll {
            StreamState.shared.observation.sources[source].quiet =
                Readiness(rawValue: ~ready.rawValue)
        }
        return ready.intersection(wanted)
    }

    /// What is looked at from here on is observed.
    ///
    /// - Throws: `ENOMEM`.
    public mutating func startObserving() throws(Errno) {
        observes = true
        guard poller.isNone else { return }
        poller = try Descriptors.locked { state throws(Errno) in
            try StreamTable.pollers.prepare(&state.observation.pollers)
            return state.observation.pollers.take(Poller())
        }
    }

    /// What a descriptor is ready for of what is wanted.
    ///
    /// - Throws: `ENOMEM` where it can't be observed.
    public mutating func look(_ number: Int32, for wanted: Readiness) throws(Errno) -> Readiness {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        let ready = Self.look(number, wanted.union(.always))
        if ready.isEmpty && observes {
            try observe(StreamState.shared.numbers.description(number), wanted)
        }
        return ready
    }

    private func observe(_ place: Place, _ wanted: Readiness) throws(Errno) {
        let source = StreamState.shared.descriptions[place].source
        // What never changes is not observed.
        if source.isNone { return }
        try StreamTable.observers.prepare(
            &StreamState.shared.observation.observers)
        StreamState.shared.descriptions[place].references += 1
        StreamState.shared.observation.observe(
            source, of: place, for: wanted, by: poller)
    }

    /// Something is ready: what is looked at from here on is not observed.
    public mutating func stopObserving() { observes = false }

    /// Waits until something has changed that it observes; all have been looked
    /// at, and none was ready.
    ///
    /// - Returns: `false`: the time is over.
    /// - Throws: `EINTR`.
    public mutating func wait(until deadline: UInt64) throws(Errno) -> Bool {
        observes = false
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        if !StreamState.shared.observation.pollers[poller].isTold {
            let error = StreamState.wait(for: .poller(poller), until: deadline)
            if let error, error != .timedOut { throw error }
            if error != nil && !StreamState.shared.observation.pollers[poller].isTold {
                return false
            }
        }
        StreamState.shared.observation.pollers[poller].isTold = false
        return true
    }

    /// Ends the observation; must follow.
    public mutating func finish() {
        guard !poller.isNone else { return }
        while true {
            let flags = StreamState.enter()
            let description = StreamState.shared.observation.endObserver(of: poller)
            if description.isNone {
                StreamState.shared.observation.finish(poller)
                StreamState.leave(flags)
                break
            }
            let closing = StreamState.release(description)
            StreamState.leave(flags)
            _ = closing?.run()
        }
        poller = .none
    }
}
