import KernelSupport

/// Who is told of what: the lists of observers under `poll`, `select` and
/// `epoll`. A change costs as much as there are observers of its source; a
/// wait for a set of interests as much as there are interests that may be
/// ready, however many others the set has.
///
/// One caller at a time. Whom to wake is said, not done. What is often called changes
/// the value, so that it is worked on where it is and not on a copy.
public struct Observation: ~Copyable {
    public var sources: SlotTable<Source>
    public var observers: SlotTable<Observer>
    public var pollers: SlotTable<Poller>
    public var sets: SlotTable<InterestSet>
    private var visits: UInt32 = 0

    /// Sets of interests that may observe one another in a row (Linux, epoll_ctl(2)).
    public static let deepest = 5

    public init(
        sources: SlotStorage<Source>, observers: SlotStorage<Observer>,
        pollers: SlotStorage<Poller>, sets: SlotStorage<InterestSet>
    ) {
        self.sources = SlotTable(sources)
        self.observers = SlotTable(observers)
        self.pollers = SlotTable(pollers)
        self.sets = SlotTable(sets)
    }

    // MARK: - Changes of readiness

    /// A source has become ready for something.
    ///
    /// - Parameter wake: Wakes so many of these tasks, at most; how many there were.
    public mutating func tell(
        _ source: Place, _ events: Readiness, wake: (WakeTarget, Int) -> Int
    ) {
        let place = sources.reference(to: source)
        place.element.quiet = []
        place.element.seen = []
        let record = place.element
        if record.readers > 0, !events.isDisjoint(with: .endsReading) {
            // What one leaves is the next one's; the end is everybody's.
            let isEnd = events != .readable
            _ = wake(.readers(source), isEnd ? .max : 1)
        }
        // What is room for one may be none for another.
        if record.writers > 0, !events.isDisjoint(with: .endsWriting) {
            _ = wake(.writers(source), .max)
        }
        if !record.firstObserver.isNone { tellObservers(of: source, events, wake: wake) }
    }

    /// A source has become ready to be read, and one of its readers is to be woken; the
    /// caller does that, and tells the source's observers, if there are any.
    @inline(__always)
    public mutating func tellReadable(_ source: Place) -> (hasReaders: Bool, hasObservers: Bool) {
        let place = sources.reference(to: source)
        place.element.quiet = []
        place.element.seen = []
        return (place.element.readers > 0, !place.element.firstObserver.isNone)
    }

    /// Something is about to be read or written: what it was seen to be ready for is not
    /// known any more.
    ///
    /// - Parameter source: `none`: nothing is done that is seen.
    @inline(__always)
    public mutating func forget(seenOf source: Place) {
        sources.referenceOrFirst(source).element.seen = []
    }

    /// Tells the observers alone.
    @inline(never)
    public mutating func tellObservers(
        of source: Place, _ events: Readiness, wake: (WakeTarget, Int) -> Int
    ) {
        var isTaken = false
        var place = sources[source].firstObserver
        while !place.isNone {
            let observer = observers[place]
            let isWanted = !events.isDisjoint(with: observer.wanted)
            if isWanted && !observer.isInterest {
                pollers[observer.owner].isTold = true
                _ = wake(.poller(observer.owner), 1)
            } else if isWanted && !observer.isDisarmed {
                // Of exclusive ones the first that somebody waits for is enough.
                let isExclusive = observer.options.contains(.exclusive)
                if !(isExclusive && isTaken) {
                    let isWoken = queue(place, wake: wake)
                    if isExclusive && isWoken { isTaken = true }
                }
            }
            place = observer.next
        }
    }

    /// An interest may be ready from now on.
    ///
    /// - Returns: Whether a task was woken.
    private mutating func queue(_ place: Place, wake: (WakeTarget, Int) -> Int) -> Bool {
        let set = observers[place].owner
        if !observers[place].isQueued { append(place, to: set) }
        let isWoken = sets[set].waiters > 0 && wake(.waiters(set), 1) > 0
        // Whoever observes the set.
        let own = sets[set].source
        if !own.isNone, !sources[own].firstObserver.isNone {
            tellObservers(of: own, .readable, wake: wake)
        }
        return isWoken
    }

    // MARK: - The list of those that may be ready

    private mutating func append(_ place: Place, to set: Place) {
        let last = sets[set].lastQueued
        observers[place].isQueued = true
        observers[place].queueNext = .none
        observers[place].queuePrevious = last
        if last.isNone {
            sets[set].firstQueued = place
        } else {
            observers[last].queueNext = place
        }
        sets[set].lastQueued = place
    }

    private mutating func unqueue(_ place: Place) {
        guard observers[place].isQueued else { return }
        let (set, next, previous) = (
            observers[place].owner, observers[place].queueNext, observers[place].queuePrevious
        )
        if previous.isNone {
            sets[set].firstQueued = next
        } else {
            observers[previous].queueNext = next
        }
        if next.isNone {
            sets[set].lastQueued = previous
        } else {
            observers[next].queuePrevious = previous
        }
        observers[place].isQueued = false
    }

    // MARK: - Lists of observers

    private mutating func attach(_ observer: Observer) -> Place {
        let place = observers.take(observer)
        let last = sources[observer.source].lastObserver
        observers[place].previous = last
        if last.isNone {
            sources[observer.source].firstObserver = place
        } else {
            observers[last].next = place
        }
        sources[observer.source].lastObserver = place
        let first =
            observer.isInterest
            ? sets[observer.owner].firstInterest : pollers[observer.owner].firstObserver
        observers[place].ownerNext = first
        if !first.isNone { observers[first].ownerPrevious = place }
        if observer.isInterest {
            sets[observer.owner].firstInterest = place
        } else {
            pollers[observer.owner].firstObserver = place
        }
        return place
    }

    private mutating func detach(_ place: Place) {
        unqueue(place)
        let observer = observers[place]
        if observer.previous.isNone {
            sources[observer.source].firstObserver = observer.next
        } else {
            observers[observer.previous].next = observer.next
        }
        if observer.next.isNone {
            sources[observer.source].lastObserver = observer.previous
        } else {
            observers[observer.next].previous = observer.previous
        }
        if !observer.ownerNext.isNone {
            observers[observer.ownerNext].ownerPrevious = observer.ownerPrevious
        }
        if !observer.ownerPrevious.isNone {
            observers[observer.ownerPrevious].ownerNext = observer.ownerNext
        } else if observer.isInterest {
            sets[observer.owner].firstInterest = observer.ownerNext
        } else {
            pollers[observer.owner].firstObserver = observer.ownerNext
        }
        observers.give(place)
    }

    // MARK: - Polling

    /// A task that polls is told of changes of a source.
    ///
    /// - Precondition: `observers.hasPlace`.
    public mutating func observe(
        _ source: Place, of description: Place, for wanted: Readiness, by poller: Place
    ) {
        var observer = Observer()
        observer.source = source
        observer.description = description
        observer.owner = poller
        observer.wanted = wanted.union(.always)
        _ = attach(observer)
    }

    /// Ends one of a task's observers.
    ///
    /// - Returns: The description that it observed; `none`: there are no more.
    public mutating func endObserver(of poller: Place) -> Place {
        let first = pollers[poller].firstObserver
        if first.isNone { return .none }
        let description = observers[first].description
        detach(first)
        return description
    }

    /// The task polls no more.
    ///
    /// - Precondition: It has no observers.
    public mutating func finish(_ poller: Place) {
        precondition(pollers[poller].firstObserver.isNone)
        pollers.give(poller)
    }

    // MARK: - Interests

    /// The interest in a description that was added by that number.
    public func interest(
        of set: Place, in description: Place, number: Int32, source: Place
    ) -> Place {
        var place = sources[source].firstObserver
        while !place.isNone {
            let observer = observers[place]
            if observer.isInterest, observer.owner == set, observer.number == number,
                observer.description == description
            {
                return place
            }
            place = observer.next
        }
        return .none
    }

    /// What is to be told of an interest, and how.
    public struct Wish: Sendable {
        public var wanted: Readiness
        public var options: InterestOptions
        public var data: UInt64

        public init(wanted: Readiness, options: InterestOptions, data: UInt64) {
            self.wanted = wanted
            self.options = options
            self.data = data
        }
    }

    /// Adds an interest; `update` must follow.
    ///
    /// - Precondition: `observers.hasPlace`.
    public mutating func add(
        to set: Place, _ description: Place, number: Int32, source: Place, observedSet: Place
    ) -> Place {
        var observer = Observer()
        observer.source = source
        observer.description = description
        observer.owner = set
        observer.isInterest = true
        observer.number = number
        observer.observedSet = observedSet
        observer.isDisarmed = true
        return attach(observer)
    }

    /// Gives an interest another wish, which is told of anew.
    ///
    /// - Parameter ready: What the description is ready for now.
    public mutating func update(
        _ interest: Place, _ wish: Wish, ready: Readiness, wake: (WakeTarget, Int) -> Int
    ) {
        observers[interest].wanted = wish.wanted.union(.always)
        observers[interest].options = wish.options
        observers[interest].data = wish.data
        observers[interest].isDisarmed = false
        if !ready.isDisjoint(with: observers[interest].wanted) { _ = queue(interest, wake: wake) }
    }

    public func options(of interest: Place) -> InterestOptions { observers[interest].options }

    public mutating func remove(_ interest: Place) { detach(interest) }

    /// A description is gone: nobody is interested in it any more.
    public mutating func forget(_ description: Place, source: Place) {
        var place = sources[source].firstObserver
        while !place.isNone {
            let next = observers[place].next
            if observers[place].isInterest, observers[place].description == description {
                detach(place)
            }
            place = next
        }
    }

    /// A set is gone, with its interests.
    public mutating func close(_ set: Place) {
        while !sets[set].firstInterest.isNone { detach(sets[set].firstInterest) }
        sets.give(set)
    }

    // MARK: - What is ready

    /// Whether something in a set is ready.
    ///
    /// - Parameter readiness: Of a description that is no set.
    @inline(never)
    public mutating func isReady(_ set: Place, readiness: (Place) -> Readiness) -> Bool {
        while true {
            let first = sets[set].firstQueued
            if first.isNone { return false }
            if !ready(observers.reference(to: first), readiness: readiness).isEmpty { return true }
            unqueue(first)
        }
    }

    /// Whether something in a set may be ready.
    public func hasQueued(_ set: Place) -> Bool { !sets[set].firstQueued.isNone }

    /// What an interest is ready for of what it wants.
    @inline(__always)
    private mutating func ready(
        _ interest: SlotReference<Observer>, readiness: (Place) -> Readiness
    ) -> Readiness {
        if interest.element.isDisarmed { return [] }
        let wanted = interest.element.wanted
        let seen = sources.referenceOrFirst(interest.element.source).element.seen
        if !seen.isEmpty { return seen.intersection(wanted) }
        let set = interest.element.observedSet
        guard set.isNone else {
            return isReady(set, readiness: readiness) ? Readiness.readable.intersection(wanted) : []
        }
        return readiness(interest.element.description).intersection(wanted)
    }

    /// Gives what is ready in a set, once each, those first that became so first.
    ///
    /// - Parameters:
    ///   - limit: How many at most.
    ///   - readiness: Of a description that is no set.
    ///   - give: Takes what an interest is ready for and its data; `false`: it
    ///     can't, and the interest stays ready.
    /// - Returns: How many were given.
    @inline(__always)
    public mutating func take(
        _ set: Place, limit: Int, readiness: (Place) -> Readiness,
        give: (Readiness, UInt64) -> Bool
    ) -> Int {
        var taken = 0
        // The last of those that were told and stay ready, which are the first.
        var lastKept = Place.none
        var place = sets[set].firstQueued
        while taken < limit && !place.isNone {
            let interest = observers.reference(to: place)
            let next = interest.element.queueNext
            let found = ready(interest, readiness: readiness)
            if found.isEmpty {
                unqueue(place)
            } else {
                guard give(found, interest.element.data) else { break }
                taken += 1
                let options = interest.element.options
                if options.contains(.once) { interest.element.isDisarmed = true }
                if options.isDisjoint(with: [.once, .edge]) {
                    lastKept = place
                } else {
                    unqueue(place)
                }
            }
            place = next
        }
        if !lastKept.isNone { rotate(set, behind: lastKept) }
        return taken
    }

    /// Puts the first of those that may be ready behind the others.
    ///
    /// - Parameter last: The last of the first ones.
    private mutating func rotate(_ set: Place, behind last: Place) {
        let first = observers[last].queueNext
        if first.isNone { return }
        let (oldFirst, oldLast) = (sets[set].firstQueued, sets[set].lastQueued)
        observers[first].queuePrevious = .none
        observers[last].queueNext = .none
        observers[oldFirst].queuePrevious = oldLast
        observers[oldLast].queueNext = oldFirst
        sets[set].firstQueued = first
        sets[set].lastQueued = last
    }

    // MARK: - Sets in sets

    /// Whether a set may be interested in another one.
    ///
    /// - Returns: `false` where that makes a cycle, or too many in a row.
    public mutating func mayObserve(_ observed: Place, from set: Place) -> Bool {
        visits &+= 1
        guard let below = depth(below: observed, avoiding: set) else { return false }
        visits &+= 1
        return below + height(above: set) <= Self.deepest
    }

    /// Sets in a row from this one down; `nil` where `avoided` is among them.
    /// There are no cycles, and each is looked at once.
    private func depth(below set: Place, avoiding avoided: Place) -> Int? {
        if set == avoided { return nil }
        if sets[set].visit == visits { return Int(sets[set].row) }
        var deepest = 0
        var place = sets[set].firstInterest
        while !place.isNone {
            let observed = observers[place].observedSet
            if !observed.isNone {
                guard let found = depth(below: observed, avoiding: avoided) else { return nil }
                deepest = max(deepest, found)
            }
            place = observers[place].ownerNext
        }
        return note(set, deepest + 1)
    }

    /// Sets in a row from this one up.
    private func height(above set: Place) -> Int {
        if sets[set].visit == visits { return Int(sets[set].row) }
        var highest = 0
        var place = sources[sets[set].source].firstObserver
        while !place.isNone {
            if observers[place].isInterest {
                highest = max(highest, height(above: observers[place].owner))
            }
            place = observers[place].next
        }
        return note(set, highest + 1)
    }

    private func note(_ set: Place, _ row: Int) -> Int {
        sets[set].visit = visits
        sets[set].row = Int32(row)
        return row
    }
}
