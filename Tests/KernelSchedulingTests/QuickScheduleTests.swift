import TestSupport
import Testing

@testable import KernelScheduling

/// The quick wake and the quick wait do what the long ways do: two machines get the same
/// random calls, and one of them takes the quick way wherever there is one.
@Suite(.timeLimit(.minutes(10)), .serialized, .inTurn)
struct QuickScheduleTests {
    @Test func theQuickWaysAreTheLongOnes() {
        var wakes = 0
        var waits = 0
        for seed in UInt64(1)...1000 {
            var generator = SeededGenerator(state: seed)
            let cores = seed % 4 == 0 ? 2 : 1
            let quick = Machine(cores: cores, places: 12)
            let long = Machine(cores: cores, places: 12)
            let machines = [quick, long]
            for machine in machines {
                for _ in 0..<2 { _ = machine.spawn() }
                machine.settle()
            }
            for step in 0..<300 {
                let core = Int.random(in: 0..<cores, using: &generator)
                let key = WaitKey(.stream, UInt64.random(in: 0..<3, using: &generator) * 32)
                let isIdle = quick.current(core).isNone
                let number = UInt64.random(in: 1...4_000_000, using: &generator)
                switch Int.random(in: 0..<16, using: &generator) {
                case 0 where quick.scheduler.hasPlace:
                    let isPinned = number % 5 == 0
                    let priority: UInt8 = number % 4 == 0 ? UInt8(number % 31) : 2
                    for machine in machines {
                        _ = machine.spawn(priority: priority, core: isPinned ? core : nil, by: core)
                    }
                case 1 where !isIdle: for machine in machines { machine.run(core, isYield: true) }
                case 2 where !isIdle: for machine in machines { machine.block(core, key, until: machine.now + number) }
                case 3 where !isIdle && quick.scheduler.livingTasks > 2:
                    for machine in machines { machine.end(core) }
                case 4 where !isIdle:
                    for machine in machines { machine.scheduler.stopCurrentAtYield(on: core, until: .max) }
                case 5:
                    for machine in machines {
                        machine.now += number
                        machine.scheduler.expire(on: core, at: machine.now)
                        machine.run(core)
                    }
                case 6...10 where !isIdle: if wait(quick, long, key, on: core) { waits += 1 }
                default: if wake(quick, long, key, on: core) { wakes += 1 }
                }
                for machine in machines { machine.settle() }
                if let problem = quick.check() ?? difference(quick, long) {
                    Issue.record("seed \(seed), step \(step): \(problem)")
                    return
                }
            }
        }
        // They are the usual ones.
        #expect(wakes > 10_000)
        #expect(waits > 10_000)
    }

    /// Whether it was quick.
    private func wait(_ quick: Machine, _ long: Machine, _ key: WaitKey, on core: Int) -> Bool {
        long.scheduler.blockCurrent(on: core, for: key, until: .max)
        long.run(core)
        guard let choice = quick.scheduler.waitAlone(for: key, on: core, at: quick.now) else {
            quick.scheduler.blockCurrent(on: core, for: key, until: .max)
            quick.run(core)
            return false
        }
        let other = long.scheduler.choice(on: core)
        #expect(choice.task == other.task)
        #expect(choice.isContended == other.isContended)
        #expect(choice.nextEvent == other.nextEvent)
        return true
    }

    private func wake(_ quick: Machine, _ long: Machine, _ key: WaitKey, on core: Int) -> Bool {
        let woken = long.wake(key, count: 1)
        guard let event = quick.scheduler.wakeEqual(key, on: core) else {
            #expect(quick.wake(key, count: 1) == woken)
            return false
        }
        #expect(woken == 1)
        #expect(long.scheduler.goOn(on: core) == event)
        return true
    }

    /// What is not the same of the two.
    private func difference(_ one: Machine, _ other: Machine) -> String? {
        for place in 0..<one.scheduler.tasks.count {
            let (a, b) = (one.scheduler.tasks[place], other.scheduler.tasks[place])
            guard a.state == b.state, a.key == b.key, a.core == b.core, a.wakeReason == b.wakeReason,
                a.next == b.next, a.previous == b.previous, a.isTimed == b.isTimed,
                a.sliceLeft == b.sliceLeft, a.processorTime == b.processorTime,
                a.runningSince == b.runningSince, a.waitsForHolder == b.waitsForHolder
            else { return "task \(place)" }
            if a.state == .ready && a.arrival != b.arrival { return "arrival of task \(place)" }
        }
        for core in 0..<one.scheduler.cores.count {
            let (a, b) = (one.scheduler.cores[core], other.scheduler.cores[core])
            guard a.current == b.current, a.movable.occupied == b.movable.occupied,
                a.pinned.occupied == b.pinned.occupied, a.sliceEnd == b.sliceEnd, a.switches == b.switches
            else { return "core \(core)" }
        }
        for list in 0..<Scheduler.listCount(cores: one.scheduler.cores.count) {
            let (a, b) = (one.scheduler.lists[list], other.scheduler.lists[list])
            guard a.first == b.first, a.last == b.last else { return "list \(list)" }
        }
        guard one.scheduler.offeringCores == other.scheduler.offeringCores,
            one.scheduler.idleCores == other.scheduler.idleCores,
            one.scheduler.spentTime == other.scheduler.spentTime
        else { return "the whole" }
        return nil
    }
}
