import KernelDescriptors
import Testing

struct ObservationTests {
    @Test func levelTellsAsLongAsItIsReady() {
        let watch = Watch()
        let (set, _) = watch.makeSet()
        let (a, b) = (watch.make(), watch.make())
        _ = watch.add(set, a, .readable)
        _ = watch.add(set, b, .readable)
        #expect(watch.take(set) == [])
        watch.tell(b, .readable)
        watch.tell(a, .readable)
        #expect(watch.take(set) == [b, a])
        // Each has its turn.
        #expect(watch.take(set, limit: 1) == [b])
        #expect(watch.take(set, limit: 1) == [a])
        #expect(watch.take(set, limit: 1) == [b])
        watch.ready[b] = []
        #expect(watch.take(set) == [a])
    }

    @Test func edgeTellsEveryChangeOnce() {
        let watch = Watch()
        let (set, _) = watch.makeSet()
        let a = watch.make()
        watch.ready[a] = .readable
        // What is ready when it is added is a change.
        let interest = watch.add(set, a, .readable, .edge)
        #expect(watch.take(set) == [a])
        #expect(watch.take(set) == [])
        watch.tell(a, .readable)
        watch.tell(a, .readable)
        #expect(watch.take(set) == [a])
        watch.update(interest, a, .readable, .edge)
        #expect(watch.take(set) == [a])
        #expect(watch.take(set) == [])
    }

    @Test func onceTellsUntilItIsModified() {
        let watch = Watch()
        let (set, _) = watch.makeSet()
        let a = watch.make()
        let interest = watch.add(set, a, .readable, .once)
        watch.tell(a, .readable)
        #expect(watch.take(set) == [a])
        watch.tell(a, .readable)
        #expect(watch.take(set) == [])
        watch.update(interest, a, .readable, .once)
        #expect(watch.take(set) == [a])
    }

    /// Of several sets that are exclusive one with a waiting task is woken.
    @Test func exclusiveWakesOne() {
        let watch = Watch()
        let a = watch.make()
        let sets = (0..<3).map { _ in watch.makeSet().set }
        for set in sets {
            _ = watch.add(set, a, .readable, .exclusive)
            watch.observation.sets[set].waiters = 1
            watch.waiting.append(.waiters(set))
        }
        watch.tell(a, .readable)
        #expect(watch.woken == [.waiters(sets[0])])
        // The first waits no more: the next one's turn.
        watch.observation.sets[sets[0]].waiters = 0
        watch.tell(a, .readable)
        #expect(watch.woken == [.waiters(sets[0]), .waiters(sets[1])])
    }

    @Test func readersAreWokenOneByOneAndAtTheEndAll() {
        let watch = Watch()
        let a = watch.make()
        var counts: [Int] = []
        watch.observation.sources[watch.sources[a]].readers = 3
        watch.observation.tell(watch.sources[a], .readable) { counts.append($1); return 1 }
        watch.observation.tell(watch.sources[a], .writable) { counts.append($1); return 1 }
        watch.observation.tell(watch.sources[a], .hungUp) { counts.append($1); return 1 }
        #expect(counts == [1, .max])
    }

    @Test func aPollerIsTold() {
        let watch = Watch()
        let (a, b) = (watch.make(), watch.make())
        let poller = watch.observation.pollers.take(Poller())
        for description in [a, b, a] {
            watch.observation.observe(
                watch.sources[description], of: Place(description), for: .readable, by: poller)
        }
        watch.tell(a, .writable)
        #expect(watch.woken.isEmpty)
        // Failures are told to who has not asked.
        watch.tell(b, .failed)
        #expect(watch.woken == [.poller(poller)])
        #expect(watch.isTold(poller))
        #expect(watch.finish(poller).sorted() == [a, a, b])
        #expect(watch.observers == 0)
        watch.tell(a, .readable)
        #expect(watch.woken.count == 1)
    }

    @Test func setsInSetsAreReady() {
        let watch = Watch()
        let (inner, innerDescription) = watch.makeSet()
        let (outer, outerDescription) = watch.makeSet()
        let a = watch.make()
        _ = watch.add(inner, a, .readable)
        _ = watch.add(outer, innerDescription, .readable, observing: inner)
        let poller = watch.observation.pollers.take(Poller())
        watch.observation.observe(
            watch.sources[outerDescription], of: Place(outerDescription), for: .readable,
            by: poller)
        watch.tell(a, .readable)
        // The change comes up to who polls the outer set.
        #expect(watch.isTold(poller))
        #expect(watch.take(outer) == [innerDescription])
        #expect(watch.take(inner) == [a])
        watch.ready[a] = []
        #expect(watch.take(outer) == [])
        #expect(watch.take(inner) == [])
    }

    @Test func circlesAndLongRowsAreRefused() {
        let watch = Watch()
        var sets = [watch.makeSet()]
        for _ in 0..<4 {
            let outer = watch.makeSet()
            let inner = sets.last!
            #expect(watch.mayObserve(inner.set, from: outer.set))
            #expect(!watch.mayObserve(outer.set, from: outer.set))
            _ = watch.add(outer.set, inner.description, .readable, observing: inner.set)
            #expect(!watch.mayObserve(outer.set, from: sets[0].set))
            sets.append(outer)
        }
        let outer = watch.makeSet()
        // Five in a row there are.
        #expect(!watch.mayObserve(sets.last!.set, from: outer.set))
        #expect(watch.mayObserve(sets[3].set, from: outer.set))
    }

    /// The lists are whole after any changes, and what is found is what a
    /// model finds that looks at everything.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func randomChangesAreThoseOfAModel(seed: UInt64) {
        struct Interest {
            var place: Place
            var wanted: Readiness
            var options: InterestOptions
            var isPending: Bool
            var isDisarmed = false
        }
        var random = SeededGenerator(seed: seed)
        let watch = Watch()
        let sets = (0..<3).map { _ in watch.makeSet().set }
        let descriptions = (0..<20).map { _ in watch.make() }
        var model: [[Int: Interest]] = [[:], [:], [:]]
        let wishes: [Readiness] = [.readable, .writable, [.readable, .writable]]
        for step in 0..<20000 {
            let s = Int.random(in: 0..<3, using: &random)
            let description = descriptions.randomElement(using: &random)!
            let wanted = wishes.randomElement(using: &random)!
            let options = [[], .edge, .once, [.edge, .once]].randomElement(using: &random)!
                as InterestOptions
            let isReady = !watch.ready[description].isDisjoint(with: wanted)
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1, 2:
                let events = wishes.randomElement(using: &random)!
                watch.tell(description, events)
                for set in 0..<3 where model[set][description] != nil {
                    let interest = model[set][description]!
                    if !interest.isDisarmed, !events.isDisjoint(with: interest.wanted) {
                        model[set][description]!.isPending = true
                    }
                }
            case 3, 4:
                watch.ready[description].subtract(wishes.randomElement(using: &random)!)
            case 5:
                if let interest = model[s][description] {
                    watch.update(interest.place, description, wanted, options)
                    let wasPending = interest.isPending
                    model[s][description] = Interest(
                        place: interest.place, wanted: wanted, options: options,
                        isPending: isReady || wasPending)
                } else {
                    let place = watch.add(sets[s], description, wanted, options)
                    model[s][description] = Interest(
                        place: place, wanted: wanted, options: options, isPending: isReady)
                }
            case 6:
                guard let interest = model[s][description] else { continue }
                watch.observation.remove(interest.place)
                model[s][description] = nil
            case 7:
                // Its last descriptor is closed: nobody is interested any more.
                watch.observation.forget(Place(description), source: watch.sources[description])
                for set in 0..<3 { model[set][description] = nil }
            default:
                let found = watch.take(sets[s])
                var expected: Set<Int> = []
                for (description, interest) in model[s] {
                    let isFound =
                        interest.isPending && !interest.isDisarmed
                        && !watch.ready[description].isDisjoint(with: interest.wanted)
                    if isFound { expected.insert(description) }
                    model[s][description]!.isPending =
                        isFound && !interest.options.contains(.edge)
                        && !interest.options.contains(.once)
                    if isFound && interest.options.contains(.once) {
                        model[s][description]!.isDisarmed = true
                    }
                }
                #expect(found.count == expected.count && Set(found) == expected,
                    "seed \(seed), step \(step)")
            }
            #expect(watch.observers == model.map(\.count).reduce(0, +))
        }
    }

    /// The cost of a wait is that of what may be ready.
    @Test func idleInterestsAreNotLookedAt() {
        let watch = Watch()
        let (set, _) = watch.makeSet()
        let all = (0..<400).map { _ in watch.make() }
        for description in all { _ = watch.add(set, description, .readable) }
        for description in all.prefix(10) { watch.tell(description, .readable) }
        var looks = 0
        let count = watch.observation.take(
            set, limit: .max,
            readiness: {
                looks += 1
                return watch.ready[$0.index]
            }, give: { _, _ in true })
        #expect(count == 10 && looks == 10)
    }
}
