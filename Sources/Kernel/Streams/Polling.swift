import KernelDescriptors
import KernelMain
import KernelSupport
import KernelTasks

/// A task in `poll`: looks at descriptors, and waits for one to be ready.
///
/// The descriptors are looked at one after the other, each for a moment under
/// the lock; while the task waits it observes all of them.
@safe public struct Polling: ~Copyable {
    private var poller = Place.none
    /// It observes what it looks at from now on.
    private var observes: Bool

    /// - Parameter waits: Whether it will wait where nothing is ready.
    /// - Throws: `ENOMEM`; as `Descriptors.start`.
    public init(waits: Bool) throws(Errno) {
        observes = waits
        try Descriptors.start()
        guard waits else { return }
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
        let place = unsafe StreamState.shared.pointee.numbers.description(number)
        if place.isNone { return .invalid }
        let ready = Descriptors.readiness(place).intersection(wanted.union(.always))
        if ready.isEmpty && observes { try observe(place, wanted) }
        return ready
    }

    private func observe(_ place: Place, _ wanted: Readiness) throws(Errno) {
        let source = unsafe StreamState.shared.pointee.descriptions[place].source
        // What never changes is not observed.
        if source.isNone { return }
        try unsafe StreamTable.observers.prepare(
            &StreamState.shared.pointee.observation.observers)
        unsafe StreamState.shared.pointee.descriptions[place].references += 1
        unsafe StreamState.shared.pointee.observation.observe(
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
        if unsafe !StreamState.shared.pointee.observation.pollers[poller].isTold {
            let error = StreamState.wait(for: .poller(poller), until: deadline)
            if let error, error != .timedOut { throw error }
            if unsafe error != nil && !StreamState.shared.pointee.observation.pollers[poller].isTold {
                return false
            }
        }
        unsafe StreamState.shared.pointee.observation.pollers[poller].isTold = false
        return true
    }

    /// Ends the observation; must follow.
    public mutating func finish() {
        guard !poller.isNone else { return }
        while true {
            let flags = StreamState.enter()
            let description = unsafe StreamState.shared.pointee.observation.endObserver(of: poller)
            if description.isNone {
                unsafe StreamState.shared.pointee.observation.finish(poller)
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
