import CMachine
import KernelMain
import KernelNetworkCards
import KernelTasks
import Synchronization

/// A core without a task to run looks for frames itself for a while before it rests: an
/// interrupt that ends a rest costs more than what most answers take to come.
///
/// It looks at its own pair of the cards' queues; where there are fewer pairs than cores, one core
/// at a time looks at each. Such a pair does not interrupt meanwhile. Whatever interrupts the core
/// ends it, as another task may run then, and nobody would look.
@safe struct IdlePolling: ~Copyable {
    /// The core that looks, and which it is where none does.
    private let core = Atomic<Int>(nobody)
    private static let nobody = -1

    /// For how long it looks, in nanoseconds; 0 where that has not been worth it. When frames
    /// come soon after a core has gone to rest it would have been.
    private let patience = Atomic<UInt64>(0)
    private let restedAt = Atomic<UInt64>(0)
    /// What a program of the host's takes to answer.
    private static let greatestPatience: UInt64 = 200_000
    private static let leastPatience: UInt64 = 10_000

    /// Looks at the ring between two looks at what interrupts.
    private static let looks = 16

    /// One for each pair of the card that has most, at their numbers.
    nonisolated(unsafe) private static var places: UnsafeMutableRawPointer! = nil
    nonisolated(unsafe) private static var count = 0
    /// Each is another core's, and so in a line of the caches of its own.
    private static let stride = 64

    private init() {}

    /// Begins it, where there are cards that interrupt: the others are looked at anyway. Without
    /// memory cores rest at once.
    static func start() {
        var most = 0
        for number in 0..<NetworkCards.most {
            if let card = NetworkCards.card(number), card.interrupts { most = max(most, card.pairCount) }
        }
        guard NetworkCards.card(0)?.interrupts == true, let block = unsafe kernelHeapAllocate(most * stride, stride)
        else { return }
        unsafe places = block
        for number in 0..<most { unsafe place(number).initialize(to: IdlePolling()) }
        unsafe count = most
        Tasks.setIdleWork({ IdlePolling.run() }, interrupted: { IdlePolling.interrupted($0) })
    }

    private static func place(_ number: Int) -> UnsafeMutablePointer<IdlePolling> {
        unsafe (places + number * stride).assumingMemoryBound(to: IdlePolling.self)
    }

    /// The pair that a core looks at.
    @inline(__always)
    private static func number(of core: Int) -> Int {
        let count = unsafe count
        return core < count ? core : core % count
    }

    /// A pair has interrupted.
    static func arrived(_ number: Int) {
        guard unsafe number < count else { return }
        let place = unsafe place(number)
        let isSoon = unsafe Tasks.now &- place.pointee.restedAt.load(ordering: .relaxed) < 5 * greatestPatience
        if isSoon { unsafe place.pointee.patience.store(greatestPatience, ordering: .relaxed) }
    }

    /// A core is about to rest.
    private static func run() {
        let flags = machine_disable_interrupts()
        let own = Tasks.core
        let number = number(of: own)
        unsafe place(number).pointee.run(number, on: own)
        machine_restore_interrupts(flags)
    }

    private borrowing func run(_ number: Int, on own: Int) {
        let limit = patience.load(ordering: .relaxed)
        guard limit > 0 else { return restedAt.store(Tasks.now, ordering: .relaxed) }
        while core.compareExchange(expected: Self.nobody, desired: own, ordering: .acquiring).exchanged {
            Self.forEach(number) { $0.stopInterrupts() }
            if look(number, own, until: Tasks.now + limit) {
                // Frames were taken, and cards interrupt again.
                Tasks.leaveIdle()
                // However fast they come, what else there is has its turn.
                machine_restore_interrupts(1 << 9)
                _ = machine_disable_interrupts()
                continue
            }
            // Another task may have run since the core was interrupted.
            guard core.load(ordering: .relaxed) == own else { continue }
            core.store(Self.nobody, ordering: .releasing)
            let less = limit / 2
            patience.store(less < Self.leastPatience ? 0 : less, ordering: .relaxed)
            Self.resume(number)
            Tasks.leaveIdle()
            break
        }
        restedAt.store(Tasks.now, ordering: .relaxed)
    }

    /// Looks until something has come, and takes it.
    ///
    /// - Returns: `false`: nothing has, or the core was interrupted.
    private borrowing func look(_ number: Int, _ own: Int, until end: UInt64) -> Bool {
        while Tasks.now < end {
            for _ in 0..<Self.looks {
                var hasArrived = false
                Self.forEach(number) { if $0.hasArrived { hasArrived = true } }
                guard hasArrived else { continue }
                core.store(Self.nobody, ordering: .releasing)
                Self.resume(number)
                return true
            }
            machine_restore_interrupts(1 << 9)
            _ = machine_disable_interrupts()
            guard core.load(ordering: .relaxed) == own else { return false }
        }
        return false
    }

    /// The core is interrupted: cards interrupt from now on.
    private static func interrupted(_ own: Int) {
        let number = number(of: own)
        let core = unsafe place(number).pointee.core.load(ordering: .relaxed)
        guard core == own else { return }
        unsafe place(number).pointee.core.store(nobody, ordering: .releasing)
        resume(number)
    }

    /// Takes what has come by a pair of each card, and lets them interrupt.
    private static func resume(_ number: Int) {
        for place in 0..<NetworkCards.most {
            guard let card = NetworkCards.card(place), number < card.pairCount else { continue }
            let pair = card.pair(number)
            if pair.hasArrived || !pair.rest() { InterfaceState.poll(place, pair: number) }
        }
    }

    /// Runs `body` with the pair of that number of each card that has one.
    private static func forEach(_ number: Int, _ body: (CardPair) -> Void) {
        for place in 0..<NetworkCards.most {
            guard let card = NetworkCards.card(place) else { return }
            if number < card.pairCount { body(card.pair(number)) }
        }
    }
}
