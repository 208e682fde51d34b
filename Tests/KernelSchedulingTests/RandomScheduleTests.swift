import TestSupport
import Testing

@testable import KernelScheduling

/// Random calls from seeds; after each, what must always be true is.
@Suite(.timeLimit(.minutes(10)), .serialized, .inTurn)
struct RandomScheduleTests {
    @Test func aThousandSchedulesKeepTheRules() {
        for seed in UInt64(1)...1000 {
            var generator = SeededGenerator(state: seed)
            let cores = Int.random(in: 1...4, using: &generator)
            let machine = Machine(cores: cores, places: 24)
            _ = machine.spawn()
            machine.settle()
            for step in 0..<200 {
                let core = Int.random(in: 0..<cores, using: &generator)
                let key = WaitKey(.futex, UInt64.random(in: 0..<4, using: &generator) * 4096)
                let isIdle = machine.current(core).isNone
                let victim = TaskIndex(Int.random(in: 0..<24, using: &generator))
                switch Int.random(in: 0..<12, using: &generator) {
                case 0, 1:
                    if machine.scheduler.hasPlace {
                        let pinned = Bool.random(using: &generator)
                        _ = machine.spawn(
                            priority: UInt8.random(in: 0...30, using: &generator),
                            core: pinned ? core : nil, by: core)
                    }
                case 2 where !isIdle: machine.run(core, isYield: true)
                case 3 where !isIdle: machine.block(core, key)
                case 4 where !isIdle: machine.block(core, key, until: machine.now + 100)
                case 5 where !isIdle: machine.block(core, until: machine.now + 50)
                case 6: _ = machine.wake(key, count: 2)
                case 7 where !isIdle && machine.scheduler.livingTasks > 1: machine.end(core)
                case 8 where !isIdle:
                    if machine.join(machine.identifier(victim), on: core) == .waits {
                        machine.run(core)
                    }
                case 9:
                    if ![.free, .new, .ended].contains(machine.state(victim)) {
                        machine.scheduler.setPriority(
                            of: victim, UInt8.random(in: 0...30, using: &generator))
                    }
                case 10 where !isIdle:
                    machine.scheduler.stopCurrentAtYield(on: core, until: machine.now + 70)
                    machine.scheduler.stopCurrentIfAsked(on: core)
                    machine.run(core)
                default:
                    machine.now += UInt64.random(in: 1...10_000_000, using: &generator)
                    machine.scheduler.expire(on: core, at: machine.now)
                    machine.run(core)
                }
                machine.settle()
                if let problem = machine.check() {
                    Issue.record("seed \(seed), step \(step): \(problem)")
                    return
                }
                if let problem = urgency(machine, cores) {
                    Issue.record("seed \(seed), step \(step): \(problem)")
                    return
                }
            }
        }
    }

    /// No core runs, or idles, while a more urgent task that it could run waits.
    private func urgency(_ machine: Machine, _ cores: Int) -> String? {
        for core in 0..<cores {
            let current = machine.current(core)
            let running = current.isNone ? -1 : Int(machine.scheduler.tasks[current.place].priority)
            if machine.scheduler.cores[core].best > running { return "core \(core) keeps one waiting" }
            for other in 0..<cores where machine.scheduler.cores[other].movable.best > running {
                return "core \(core) runs \(running), one of core \(other) waits"
            }
        }
        return nil
    }
}
