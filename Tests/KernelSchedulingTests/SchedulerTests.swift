import Testing

@testable import KernelScheduling

@Suite(.timeLimit(.minutes(10)))
struct SchedulerTests {
    @Test func theFirstTaskIsOne() {
        let machine = Machine(cores: 1)
        #expect(machine.identifier(machine.spawn()).rawValue == 1)
        #expect(machine.identifier(machine.spawn()).rawValue == 2)
    }

    @Test func equalsTakeTurnsInOrder() {
        let machine = Machine(cores: 1)
        let tasks = (0..<3).map { _ in machine.spawn() }
        var order: [TaskIndex] = [machine.run(0)]
        for _ in 0..<5 { order.append(machine.run(0, isYield: true)) }
        #expect(order == [tasks[0], tasks[1], tasks[2], tasks[0], tasks[1], tasks[2]])
    }

    @Test func aYieldAloneGoesOn() {
        let machine = Machine(cores: 1)
        let task = machine.spawn()
        _ = machine.spawn(priority: 1)
        #expect(machine.run(0) == task)
        #expect(!machine.hasContender(on: 0))
        #expect(machine.run(0, isYield: true) == task)
    }

    /// Whoever could run if the running task waited: of any priority, on this core.
    @Test func whoCouldRunIsKnown() {
        let machine = Machine(cores: 2)
        #expect(!machine.hasReady(for: 0))
        _ = machine.spawn()
        machine.settle()
        #expect(!machine.hasReady(for: 0) && !machine.hasReady(for: 1))
        let other = machine.spawn(priority: 20, core: 1)
        machine.settle()
        #expect(machine.current(1) == other)
        _ = machine.spawn(priority: 1, core: 1)
        #expect(!machine.hasReady(for: 0) && machine.hasReady(for: 1))
        _ = machine.spawn(priority: 1)
        #expect(machine.hasReady(for: 0))
    }

    @Test func slicesAreFair() {
        let machine = Machine(cores: 1)
        let tasks = (0..<5).map { _ in machine.spawn() }
        machine.settle()
        let end = machine.now + 1_000_000_000
        while machine.step(until: end) {}
        machine.run(0)
        let times = tasks.map { machine.scheduler.processorTime(of: $0, at: machine.now) }
        #expect(times.reduce(0, +) == 1_000_000_000)
        #expect(times.max()! - times.min()! <= Scheduler.slice)
    }

    @Test func idleTimeIsWhatNoTaskHad() {
        let machine = Machine(cores: 2)
        let task = machine.spawn()
        machine.settle()
        #expect(machine.scheduler.cores[0].current == task)
        machine.now = 3000
        machine.block(until: 10_000)
        #expect(machine.current().isNone)
        machine.now = 4500
        #expect(machine.idleTime(of: 0) == 1500 + 1000)
        #expect(machine.step(until: 20_000))
        #expect(machine.current() == task && machine.now == 10_000)
        machine.now = 12_000
        machine.run(0)
        #expect(machine.idleTime(of: 0) == 7000 + 1000)
        // It has had none since the clock's zero, and looking changes nothing.
        machine.run(1)
        #expect(machine.idleTime(of: 1) == 12_000)
        let times = machine.scheduler.processorTime(of: task, at: machine.now)
        #expect(times + machine.idleTime(of: 0) == machine.now)
    }

    @Test func aLargerPriorityRunsAlone() {
        let machine = Machine(cores: 1)
        let low = machine.spawn(priority: 1)
        machine.settle()
        #expect(machine.current() == low)
        let high = machine.spawn(priority: 30)
        machine.settle()
        #expect(machine.current() == high)
        #expect(machine.nextEvent(on: 0) == nil)
        machine.end()
        #expect(machine.current() == low)
    }

    /// Whoever is interrupted by a more urgent task goes on before its equals,
    /// with what was left of its slice.
    @Test func anInterruptedTaskKeepsItsTurn() {
        let machine = Machine(cores: 1)
        let first = machine.spawn()
        let second = machine.spawn()
        machine.settle()
        machine.now += Scheduler.slice / 2
        let urgent = machine.spawn(priority: 9)
        machine.settle()
        #expect(machine.current() == urgent)
        machine.now += 10 * Scheduler.slice
        machine.end()
        #expect(machine.current() == first)
        #expect(machine.nextEvent(on: 0) == machine.now + Scheduler.slice / 2)
        machine.now += Scheduler.slice / 2
        #expect(machine.run(0) == second)
    }

    /// It runs until it yields; equals that take turns do among themselves.
    @Test func whoTakesNoTurnsRunsOn() {
        let machine = Machine(cores: 1)
        let first = machine.spawn()
        let second = machine.spawn()
        machine.settle()
        machine.scheduler.setTakesTurns(of: first, false, at: machine.now)
        machine.settle()
        #expect(machine.nextEvent(on: 0) == nil)
        machine.now += 100 * Scheduler.slice
        #expect(machine.run(0) == first)
        let urgent = machine.spawn(priority: 9)
        machine.settle()
        #expect(machine.current() == urgent)
        machine.end()
        #expect(machine.current() == first)
        #expect(machine.run(0, isYield: true) == second)
        #expect(machine.nextEvent(on: 0) == machine.now + Scheduler.slice)
        machine.now += Scheduler.slice
        #expect(machine.run(0) == first)
        #expect(machine.nextEvent(on: 0) == nil)
        machine.scheduler.setTakesTurns(of: first, true, at: machine.now)
        machine.settle()
        #expect(machine.nextEvent(on: 0) == machine.now + Scheduler.slice)
    }

    /// Equals that come and go do not keep one of them from running.
    @Test func nobodyStarvesAmongEquals() {
        let machine = Machine(cores: 1, places: 256)
        let victim = machine.spawn()
        machine.settle()
        for _ in 0..<3 { _ = machine.spawn() }
        var turns = 0
        for _ in 0..<100 {
            if machine.run(0, isYield: true) == victim {
                turns += 1
                continue
            }
            _ = machine.spawn()
            machine.end()
            if machine.current() == victim { turns += 1 }
        }
        #expect(turns >= 20)
    }

    @Test func tasksSpreadOverIdleCores() {
        let machine = Machine(cores: 4)
        let tasks = (0..<4).map { _ in machine.spawn() }
        machine.settle()
        #expect(Set((0..<4).map { machine.current($0).rawValue }) == Set(tasks.map(\.rawValue)))
    }

    @Test func anIdleCoreSteals() {
        let machine = Machine(cores: 2)
        let busy = [machine.spawn(), machine.spawn()]
        machine.settle()
        let waiting = machine.spawn()
        machine.settle()
        #expect(machine.state(waiting) == .ready)
        let owner = Int(machine.scheduler.tasks[waiting.place].core)
        machine.end(1 - owner)
        #expect(machine.current(1 - owner) == waiting)
        #expect(machine.core(1 - owner).steals == 1)
        #expect(machine.current(owner) == busy[owner] || machine.current(owner) == busy[1 - owner])
    }

    @Test func aPinnedTaskIsNotStolen() {
        let machine = Machine(cores: 2)
        let pinned = [machine.spawn(core: 0), machine.spawn(core: 0), machine.spawn(core: 0)]
        machine.settle()
        #expect(machine.current(0) == pinned[0])
        #expect(machine.run(1).isNone)
        machine.end(0)
        #expect(machine.current(0) == pinned[1])
    }

    @Test func pinnedAndMovableTakeTurns() {
        let machine = Machine(cores: 1)
        let tasks = (0..<4).map { machine.spawn(core: $0 % 2 == 0 ? 0 : nil) }
        var order: [TaskIndex] = [machine.run(0)]
        for _ in 0..<7 { order.append(machine.run(0, isYield: true)) }
        #expect(order == tasks + tasks)
    }

    /// A core that is idle, or runs the least urgent task, gets what is more urgent.
    @Test func theLeastUrgentCoreGivesWay() {
        let machine = Machine(cores: 2)
        _ = machine.spawn(priority: 5)
        let low = machine.spawn(priority: 1)
        machine.settle()
        let core = machine.current(0) == low ? 0 : 1
        let middle = machine.spawn(priority: 3, by: 1 - core)
        machine.settle()
        #expect(machine.current(core) == middle)
        #expect(machine.state(low) == .ready)
    }

    @Test func aNewPriorityCountsAtOnce() {
        let machine = Machine(cores: 1)
        let first = machine.spawn()
        let second = machine.spawn()
        machine.settle()
        machine.scheduler.setPriority(of: second, 3)
        machine.settle()
        #expect(machine.current() == second)
        machine.scheduler.setPriority(of: second, 1)
        machine.settle()
        #expect(machine.current() == first)
    }
}
