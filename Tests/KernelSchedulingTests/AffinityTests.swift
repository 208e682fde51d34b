import KernelSupport
import Testing

@testable import KernelScheduling

/// Which cores tasks may run on, and what has to follow a change of that.
@Suite(.timeLimit(.minutes(10)))
struct AffinityTests {
    /// Says which cores a task may have, as the kernel does: what runs where it
    /// may not is made to leave by a more urgent task that visits its core.
    private func bind(_ machine: Machine, _ task: TaskIndex, _ cores: UInt64) {
        switch machine.setAffinity(of: task, cores, by: 0) {
        case .none: break
        case .reschedule: machine.run(0)
        case .evict(let core):
            machine.endSlice(on: core)
            let visitor = machine.spawn(priority: Scheduler.highestPriority, core: core)
            machine.settle()
            #expect(machine.current(core) == visitor)
            let move = machine.setAffinity(of: task, cores, by: 0)
            #expect(move == .none)
            machine.end(core)
        }
        machine.settle()
    }

    @Test func aTaskLeavesItsOwnCore() {
        let machine = Machine(cores: 4)
        let task = machine.spawn()
        machine.settle()
        #expect(machine.current(0) == task)
        let move = machine.setAffinity(of: task, 0b1100, by: 0)
        #expect(move == .reschedule)
        machine.run(0)
        machine.settle()
        #expect(machine.current(0).isNone && machine.current(2) == task)
        #expect(machine.affinity(of: task) == 0b1100)
    }

    @Test func aTaskIsMadeToLeaveAnotherCore() {
        let machine = Machine(cores: 2)
        let first = machine.spawn()
        machine.settle()
        let second = machine.spawn(priority: Scheduler.highestPriority)
        machine.settle()
        #expect(machine.current(0) == first && machine.current(1) == second)
        bind(machine, second, 0b01)
        #expect(machine.current(0) == second)
        // The other core takes whom it may have.
        #expect(machine.current(1) == first)
        bind(machine, second, 0b11)
        #expect(machine.affinity(of: second) == 0b11)
    }

    @Test func aWaitingTaskGoesWhereItMay() {
        let machine = Machine(cores: 2)
        let running = [machine.spawn(), machine.spawn()]
        machine.settle()
        let waiting = machine.spawn(by: 0)
        machine.settle()
        #expect(machine.state(waiting) == .ready)
        bind(machine, waiting, 0b10)
        let moved = machine.current(1)
        machine.block(1)
        #expect(machine.current(1) == waiting && running.contains(moved))
    }

    @Test func aBlockedTaskWakesWhereItMay() {
        let machine = Machine(cores: 4)
        let key = WaitKey(.futex, 0x1000)
        let task = machine.spawn()
        machine.settle()
        machine.block(0, key)
        let move = machine.setAffinity(of: task, 0b1000, by: 0)
        #expect(move == .none)
        #expect(machine.wake(key, count: 1) == 1)
        machine.settle()
        #expect(machine.current(3) == task)
    }

    /// Of the cores it may have, the one with the least to do.
    @Test func aSubsetIsSpread() {
        let machine = Machine(cores: 4)
        let tasks = (0..<3).map { _ in machine.spawn() }
        machine.settle()
        for task in tasks { bind(machine, task, 0b1110) }
        #expect(machine.current(0).isNone)
        #expect(Set((1..<4).map { machine.current($0).rawValue }) == Set(tasks.map(\.rawValue)))
    }

    @Test func coresThatAreNotThereDoNotCount() {
        let machine = Machine(cores: 2)
        let task = machine.spawn()
        machine.settle()
        bind(machine, task, ~0)
        #expect(machine.affinity(of: task) == 0b11)
        bind(machine, task, 0b1110)
        #expect(machine.affinity(of: task) == 0b10)
        #expect(machine.current(1) == task)
    }

    @Test(arguments: 1...8)
    func nobodyRunsWhereItMayNot(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let machine = Machine(cores: 4)
        let tasks = (0..<10).map { _ in
            machine.spawn(priority: UInt8.random(in: 1...3, using: &random))
        }
        var allowed = [UInt64](repeating: 0b1111, count: tasks.count)
        machine.settle()
        var blocked: [(TaskIndex, WaitKey)] = []
        for step in 0..<3000 {
            machine.now += UInt64.random(in: 0..<2_000_000, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let number = Int.random(in: tasks.indices, using: &random)
                allowed[number] = UInt64.random(in: 1...15, using: &random)
                bind(machine, tasks[number], allowed[number])
            case 1:
                let core = Int.random(in: 0..<4, using: &random)
                let current = machine.current(core)
                if current.isNone { continue }
                let key = WaitKey(.futex, UInt64(step + 1) * 64)
                blocked.append((current, key))
                machine.block(core, key)
            case 2:
                if blocked.isEmpty { continue }
                let (_, key) = blocked.remove(at: Int.random(in: 0..<blocked.count, using: &random))
                #expect(machine.wake(key, count: 1) == 1)
                machine.settle()
            default: _ = machine.step(until: machine.now + 20_000_000)
            }
            if let problem = machine.check() {
                Issue.record("seed \(seed), step \(step): \(problem)")
                return
            }
            for core in 0..<4 {
                let current = machine.current(core)
                if current.isNone { continue }
                guard let number = tasks.firstIndex(of: current),
                    allowed[number] & 1 << UInt64(core) != 0
                else {
                    Issue.record("seed \(seed), step \(step): \(current) on core \(core)")
                    return
                }
            }
        }
    }
}
