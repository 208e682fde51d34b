import KernelDescriptors
import KernelSupport

/// A generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Memory for a table, as much as tests need; it lives as long as the process.
func storage<Record: BitwiseCopyable>(of type: Record.Type, room: Int = 4096) -> SlotStorage<Record> {
    SlotStorage(UnsafeMutablePointer<Record>.allocate(capacity: room), count: 0)
}

/// A table of numbers, which tests ask in expressions.
final class Numbers {
    var table: NumberTable

    init(room: Int) {
        table = NumberTable(
            storage(of: NumberTable.Entry.self, room: room),
            words: storage(of: UInt64.self, room: NumberTable.wordCount))
        table.grow(to: room)
    }

    func lowestFree(from first: Int = 0) -> Int? { table.lowestFree(from: first) }
    func description(_ number: Int32) -> Place { table.description(number) }
    func descriptionQuickly(_ number: Int32) -> Place { table.descriptionQuickly(number) }
    func clearTaken(_ number: Int32) { table.clearTaken(number) }
    func setFree(_ number: Int, _ place: Place, closesOnExec: Bool) {
        table.setFree(number, place, closesOnExec: closesOnExec)
    }
    func closesOnExec(_ number: Int32) -> Bool { table.closesOnExec(number) }
    func clear(_ number: Int32) -> Place { table.clear(number) }
    func set(_ number: Int, _ place: Place, closesOnExec: Bool) -> Place {
        table.set(number, place, closesOnExec: closesOnExec)
    }
    func setLimit(_ limit: Int, hard: Int) throws(Errno) { try table.setLimit(limit, hard: hard) }
    var used: Int { table.used }
}

/// Tables with room, and descriptions that are ready for what the test says.
final class Watch {
    var observation: Observation
    var ready: [Readiness] = []
    var sources: [Place] = []
    /// Whom the calls until now would wake, in order.
    var woken: [WakeTarget] = []
    /// Tasks that wait, as a kernel would have them.
    var waiting: [WakeTarget] = []

    init() {
        observation = Observation(
            sources: storage(of: Source.self), observers: storage(of: Observer.self),
            pollers: storage(of: Poller.self), sets: storage(of: InterestSet.self))
        observation.sources.grow(to: 512)
        observation.observers.grow(to: 2048)
        observation.pollers.grow(to: 64)
        observation.sets.grow(to: 64)
    }

    /// A description; its place is its number in `ready`.
    func make() -> Int {
        ready.append([])
        sources.append(observation.sources.take(Source()))
        return ready.count - 1
    }

    func wake(_ target: WakeTarget, _ count: Int) -> Int {
        woken.append(target)
        guard let index = waiting.firstIndex(of: target) else { return 0 }
        waiting.remove(at: index)
        return 1
    }

    /// A description becomes ready, and says so.
    func tell(_ description: Int, _ events: Readiness) {
        ready[description].formUnion(events)
        observation.tell(sources[description], events) { self.wake($0, $1) }
    }

    func makeSet() -> (set: Place, description: Int) {
        let description = make()
        let set = observation.sets.take(InterestSet())
        observation.sets[set].source = sources[description]
        return (set, description)
    }

    func add(
        _ set: Place, _ description: Int, _ wanted: Readiness, _ options: InterestOptions = [],
        observing: Place = .none
    ) -> Place {
        let interest = observation.add(
            to: set, Place(description), number: Int32(description),
            source: sources[description], observedSet: observing)
        update(interest, description, wanted, options, observing: observing)
        return interest
    }

    func update(
        _ interest: Place, _ description: Int, _ wanted: Readiness, _ options: InterestOptions,
        observing: Place = .none
    ) {
        let now =
            observing.isNone
            ? ready[description]
            : observation.isReady(observing) { self.ready[$0.index] } ? .readable : []
        observation.update(
            interest,
            .init(wanted: wanted, options: options, data: UInt64(description)), ready: now
        ) { self.wake($0, $1) }
    }

    func mayObserve(_ observed: Place, from set: Place) -> Bool {
        observation.mayObserve(observed, from: set)
    }

    /// Ends all observers of a poller: their descriptions.
    func finish(_ poller: Place) -> [Int] {
        var released: [Int] = []
        while true {
            let description = observation.endObserver(of: poller)
            if description.isNone { break }
            released.append(description.index)
        }
        observation.finish(poller)
        return released
    }

    func isTold(_ poller: Place) -> Bool { observation.pollers[poller].isTold }

    var observers: Int { observation.observers.used }

    /// What is ready in a set: descriptions.
    func take(_ set: Place, limit: Int = .max) -> [Int] {
        var found: [Int] = []
        let count = observation.take(
            set, limit: limit, readiness: { self.ready[$0.index] },
            give: { _, data in
                found.append(Int(data))
                return true
            })
        precondition(count == found.count)
        return found
    }
}
