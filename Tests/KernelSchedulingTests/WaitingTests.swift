import Testing

@testable import KernelScheduling

@Suite(.timeLimit(.minutes(10)))
struct WaitingTests {
    private let key = WaitKey(.futex, 0x1000)

    @Test func timersFireInOrder() {
        var generator = SeededGenerator(state: 7)
        for count in [1, 2, 3, 10, 500] {
            let machine = Machine(cores: 1, places: count)
            var deadlines: [Int32: UInt64] = [:]
            for _ in 0..<count { _ = machine.spawn() }
            machine.settle()
            while !machine.current().isNone {
                let deadline = machine.now + 1 + UInt64.random(in: 0..<200, using: &generator)
                deadlines[machine.current().rawValue] = deadline
                machine.block(until: deadline)
            }
            // Equal times come in the order of arrival, which is the place's.
            let expected = deadlines.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            var order: [Int32] = []
            while let event = machine.nextEvent(on: 0) {
                machine.now = event
                machine.scheduler.expire(on: 0, at: event)
                machine.settle()
                while !machine.current().isNone {
                    #expect(deadlines[machine.current().rawValue] == event)
                    #expect(machine.scheduler.tasks[machine.current().place].wakeReason == .timedOut)
                    order.append(machine.current().rawValue)
                    machine.end()
                }
            }
            #expect(order == expected)
        }
    }

    @Test func nothingIsWokenEarly() {
        let machine = Machine(cores: 1)
        let task = machine.spawn()
        machine.settle()
        machine.block(until: 5000)
        machine.scheduler.expire(on: 0, at: 4999)
        #expect(machine.state(task) == .blocked)
        machine.scheduler.expire(on: 0, at: 5000)
        #expect(machine.state(task) == .ready)
    }

    @Test func wakingTakesThePriorityThenTheArrival() {
        let machine = Machine(cores: 1)
        let priorities: [UInt8] = [2, 5, 2, 9, 5]
        var tasks: [TaskIndex] = []
        for priority in priorities {
            let task = machine.spawn(priority: priority)
            tasks.append(task)
            machine.settle()
            machine.block(0, key)
        }
        var order: [TaskIndex] = []
        while machine.wake(key, count: 1) == 1 {
            machine.settle()
            order.append(machine.current())
            machine.end()
        }
        #expect(order == [3, 1, 4, 0, 2].map { tasks[$0] })
    }

    @Test func keysOfOneBucketAreApart() {
        let machine = Machine(cores: 1)
        var other: UInt64 = 0x1004
        while WaitKey(.futex, other).bucket != key.bucket { other += 4 }
        let task = machine.spawn()
        machine.settle()
        machine.block(0, WaitKey(.futex, other))
        #expect(machine.wake(key, count: 10) == 0)
        #expect(machine.wake(WaitKey(.object, other), count: 10) == 0)
        #expect(machine.state(task) == .blocked)
        #expect(machine.wake(WaitKey(.futex, other), count: 10) == 1)
    }

    @Test func aWakeEndsTheTimer() {
        let machine = Machine(cores: 1)
        let task = machine.spawn()
        machine.settle()
        machine.block(0, key, until: 9000)
        #expect(machine.wake(key, count: 1) == 1)
        #expect(machine.nextEvent(on: 0) == nil)
        #expect(machine.scheduler.tasks[task.place].wakeReason == .woken)
        machine.settle()
        machine.block(0, key, until: 9000)
        machine.now = 9000
        machine.scheduler.expire(on: 0, at: 9000)
        #expect(machine.wake(key, count: 1) == 0)
        #expect(machine.scheduler.tasks[task.place].wakeReason == .timedOut)
    }

    /// A task in the middle does not keep an urgent one from what a less
    /// urgent one holds, through a chain of holders.
    @Test func holdersInheritPriorities() {
        let machine = Machine(cores: 1)
        let (first, second) = (WaitKey(.object, 16), WaitKey(.object, 32))
        let low = machine.spawn(priority: 1)
        machine.settle()
        machine.scheduler.changeHoldings(of: low, by: 1)
        let middle = machine.spawn(priority: 2)
        machine.settle()
        machine.scheduler.changeHoldings(of: middle, by: 1)
        machine.block(0, first, holder: low)
        let noise = machine.spawn(priority: 5)
        machine.settle()
        #expect(machine.current() == noise)
        let urgent = machine.spawn(priority: 9)
        machine.settle()
        #expect(machine.current() == urgent)
        machine.block(0, second, holder: middle)
        #expect(machine.current() == low)
        // It lets go, and is as it was.
        machine.scheduler.changeHoldings(of: low, by: -1)
        _ = machine.wake(first, count: 1)
        machine.settle()
        #expect(machine.current() == middle)
        machine.scheduler.changeHoldings(of: middle, by: -1)
        _ = machine.wake(second, count: 1)
        machine.settle()
        #expect(machine.current() == urgent)
        machine.end()
        #expect(machine.current() == noise)
        #expect(machine.scheduler.tasks[low.place].priority == 1)
        #expect(machine.scheduler.tasks[middle.place].priority == 2)
    }

    @Test func stoppingOneselfTakesEffectAtTheYield() {
        let machine = Machine(cores: 1)
        let task = machine.spawn()
        let other = machine.spawn()
        machine.settle()
        machine.scheduler.stopCurrentAtYield(on: 0, until: .max)
        #expect(machine.run(0) == task)
        // Resumed before: no stop.
        machine.scheduler.resume(machine.identifier(task))
        machine.scheduler.stopCurrentIfAsked(on: 0)
        #expect(machine.state(task) == .running)
        machine.scheduler.stopCurrentAtYield(on: 0, until: .max)
        machine.scheduler.stopCurrentIfAsked(on: 0)
        #expect(machine.run(0, isYield: true) == other)
        #expect(machine.state(task) == .blocked)
        machine.scheduler.resume(machine.identifier(task))
        #expect(machine.state(task) == .ready)
    }

    // MARK: - Joining

    @Test func joiningWorksOnce() {
        let machine = Machine(cores: 1)
        let joiner = machine.spawn()
        let other = machine.spawn()
        let task = machine.spawn()
        machine.settle()
        let identifier = machine.identifier(task)
        #expect(machine.join(machine.identifier(joiner), on: 0) == .itself)
        #expect(machine.join(TaskIdentifier(rawValue: 0), on: 0) == .noTask)
        #expect(machine.join(TaskIdentifier(rawValue: -1), on: 0) == .noTask)
        #expect(machine.join(TaskIdentifier(rawValue: 60), on: 0) == .noTask)
        #expect(machine.join(identifier, on: 0) == .waits)
        machine.run(0)
        #expect(machine.current() == other)
        #expect(machine.join(identifier, on: 0) == .noTask)
        machine.block(0, key)
        #expect(machine.current() == task)
        machine.end()
        #expect(machine.current() == joiner)
        #expect(machine.join(identifier, on: 0) == .noTask)
    }

    @Test func anEndedTaskWaitsForItsJoin() {
        let machine = Machine(cores: 1, places: 3)
        let joiner = machine.spawn()
        let task = machine.spawn(priority: 9)
        let identifier = machine.identifier(task)
        machine.settle()
        machine.end()
        #expect(machine.current() == joiner)
        // Nobody else gets its number while it may be joined.
        let next = machine.spawn()
        #expect(next != task)
        #expect(machine.join(identifier, on: 0) == .done)
        #expect(machine.join(identifier, on: 0) == .noTask)
        let again = machine.spawn()
        #expect(again == task)
        #expect(machine.identifier(again) != identifier)
    }

    /// What a place keeps of its last task's memory is for the next task.
    @Test func placesThatKeepMemoryAreTakenFirst() {
        let machine = Machine(cores: 1)
        let joiner = machine.spawn()
        let tasks = (0..<3).map { _ in machine.spawn(priority: 9) }
        let identifiers = tasks.map(machine.identifier)
        machine.settle()
        machine.scheduler.tasks[tasks[1].place].context.isKept = true
        for _ in 0..<3 { machine.end() }
        #expect(machine.current() == joiner)
        for identifier in identifiers { #expect(machine.join(identifier, on: 0) == .done) }
        #expect(machine.scheduler.keptPlace == tasks[1])
        #expect(machine.spawn() == tasks[1])
        #expect(machine.scheduler.keptPlace == .none)
    }

    @Test func whenAllPlacesAreTakenTheOldestEndedOneIsForgotten() {
        let machine = Machine(cores: 1, places: 3)
        let living = machine.spawn()
        let first = machine.spawn(priority: 9)
        let (firstIdentifier, secondIdentifier): (TaskIdentifier, TaskIdentifier)
        firstIdentifier = machine.identifier(first)
        machine.settle()
        machine.end()
        let second = machine.spawn(priority: 9)
        secondIdentifier = machine.identifier(second)
        machine.settle()
        machine.end()
        #expect(machine.current() == living)
        let third = machine.spawn()
        #expect(third == first)
        #expect(machine.join(firstIdentifier, on: 0) == .noTask)
        #expect(machine.join(secondIdentifier, on: 0) == .done)
        _ = machine.spawn()
        #expect(machine.makeTask(priority: 2, core: nil, by: 0).isNone)
    }
}
