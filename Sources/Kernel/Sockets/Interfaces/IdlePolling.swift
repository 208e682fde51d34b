import CMachine
import KernelNetworkCards
import KernelTasks
import Synchronization

/// A core without a task to run looks for frames itself for a while before it rests: an
/// interrupt that ends a rest costs more than what most answers take to come.
///
/// One core does it at a time. Cards do not interrupt meanwhile. Whatever interrupts the core
/// ends it, as another task may run then, and nobody would look.
enum IdlePolling {
    /// The core that looks, and which it is where none does.
    private static let core = Atomic<Int>(nobody)
    private static let nobody = -1

    /// For how long it looks, in nanoseconds; 0 where that has not been worth it. When frames
    /// come soon after a core has gone to rest it would have been.
    private static let patience = Atomic<UInt64>(0)
    private static let restedAt = Atomic<UInt64>(0)
    /// What a program of the host's takes to answer.
    private static let greatestPatience: UInt64 = 200_000
    private static let leastPatience: UInt64 = 10_000

    /// Looks at the ring between two looks at what interrupts.
    private static let looks = 16

    /// Begins it, where there are cards that interrupt: the others are looked at anyway.
    static func start() {
        guard NetworkCards.card(0)?.interrupts == true else { return }
        Tasks.setIdleWork({ IdlePolling.run() }, interrupted: { IdlePolling.interrupted($0) })
    }

    /// A card has interrupted.
    static func arrived() {
        let isSoon = Tasks.now &- restedAt.load(ordering: .relaxed) < 5 * greatestPatience
        if isSoon { patience.store(greatestPatience, ordering: .relaxed) }
    }

    /// A core is about to rest.
    private static func run() {
        let limit = patience.load(ordering: .relaxed)
        guard limit > 0 else { return restedAt.store(Tasks.now, ordering: .relaxed) }
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        let own = Tasks.core
        while core.compareExchange(expected: nobody, desired: own, ordering: .acquiring).exchanged {
            forEachCard { $0.stopInterrupts() }
            if look(own, until: Tasks.now + limit) {
                // Frames were taken, and cards interrupt again.
                Tasks.leaveIdle()
                // However fast they come, what else there is has its turn.
                machine_restore_interrupts(1 << 9)
                _ = machine_disable_interrupts()
                continue
            }
            // Another task may have run since the core was interrupted.
            guard core.load(ordering: .relaxed) == own else { continue }
            core.store(nobody, ordering: .releasing)
            let less = limit / 2
            patience.store(less < leastPatience ? 0 : less, ordering: .relaxed)
            resume()
            Tasks.leaveIdle()
            break
        }
        restedAt.store(Tasks.now, ordering: .relaxed)
    }

    /// Looks until something has come, and takes it.
    ///
    /// - Returns: `false`: nothing has, or the core was interrupted.
    private static func look(_ own: Int, until end: UInt64) -> Bool {
        while Tasks.now < end {
            for _ in 0..<looks {
                var hasArrived = false
                forEachCard { if $0.hasArrived { hasArrived = true } }
                guard hasArrived else { continue }
                core.store(nobody, ordering: .releasing)
                resume()
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
        guard core.load(ordering: .relaxed) == own else { return }
        core.store(nobody, ordering: .releasing)
        resume()
    }

    /// Takes what has come, and lets cards interrupt.
    private static func resume() {
        for number in 0..<NetworkCards.most {
            if let card = NetworkCards.card(number), card.hasArrived || !card.rest() {
                InterfaceState.poll(number)
            }
        }
    }

    private static func forEachCard(_ body: (NetworkCard) -> Void) {
        for number in 0..<NetworkCards.most {
            guard let card = NetworkCards.card(number) else { return }
            body(card)
        }
    }
}
