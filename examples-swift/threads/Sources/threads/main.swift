// Threads: started with closures, joined with what these return; values of
// each thread's own; and the answers to what cannot be.
import Hermit
import Synchronization

/// How many values of threads have been destroyed.
let destroyed = Atomic(0)

/// What a thread has of its own.
final class Notebook {
    var sum = 0

    deinit { destroyed.add(1, ordering: .relaxed) }
}

let notebook = ThreadLocal { Notebook() }

/// Adds up 1...1000, times `factor`, in the thread's notebook.
func work(_ factor: Int) -> Int {
    for number in 1...1000 {
        notebook.withValue { $0.sum += number * factor }
        if number % 100 == 0 { Thread.yield() }
    }
    return notebook.withValue { $0.sum }
}

/// A value that only one can have.
struct Ticket: ~Copyable {
    let number: Int
}

func values() throws(SystemError) {
    // Handles cannot be copied, nor be in an array.
    let first = try Thread.spawn { work(1) }
    let second = try Thread.spawn { work(2) }
    let third = try Thread.spawn(priority: .high, stackSize: 65536, core: 0) { work(3) }
    let ticket = try Thread.spawn { Ticket(number: 7) }
    print("sums:", try first.join(), try second.join(), try third.join())
    print("ticket:", try ticket.join().number)
    print("the first thread's own:", notebook.withValue { $0.sum })
    print("destroyed:", destroyed.load(ordering: .relaxed))
}

/// Threads that nobody joins run, too.
func detached() throws(SystemError) {
    let done = Semaphore()
    let box = Shared(done)
    for _ in 0..<3 {
        _ = try Thread.spawn { box.value.signal() }
    }
    for _ in 0..<3 { box.value.wait() }
    print("three ran by themselves")
}

/// Something that threads share.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
    let value: Value

    init(_ value: consuming Value) { self.value = value }
}

/// Synchronization's atomic numbers, from many threads.
func atomics() throws(SystemError) {
    let counter = Shared(Atomic(0))
    let a = try Thread.spawn { for _ in 0..<20_000 { counter.value.add(1, ordering: .relaxed) } }
    let b = try Thread.spawn { for _ in 0..<20_000 { counter.value.add(1, ordering: .relaxed) } }
    let c = try Thread.spawn { for _ in 0..<20_000 { counter.value.add(1, ordering: .relaxed) } }
    try a.join()
    try b.join()
    try c.join()
    print("counted:", counter.value.load(ordering: .relaxed))
}

func put(_ thread: consuming Thread<Int>, into place: Shared<Mutex<Thread<Int>?>>) {
    var thread = Optional(thread)
    place.value.withLock { $0 = thread.take() }
}

/// A thread gets its own handle, and joins itself.
func joinsItself() throws(SystemError) {
    let place = Shared(Mutex<Thread<Int>?>(nil))
    let go = Shared(Semaphore())
    let answer = Shared(Mutex<SystemError?>(nil))
    let done = Shared(Semaphore())
    let thread = try Thread.spawn {
        go.value.wait()
        if let myself = place.value.withLock({ $0.take() }) {
            do throws(SystemError) {
                _ = try myself.join()
            } catch {
                answer.value.withLock { $0 = error }
            }
        }
        done.value.signal()
        return 1
    }
    put(thread, into: place)
    go.value.signal()
    done.value.wait()
    print("joins itself:", answer.value.withLock { $0 == .resourceDeadlockAvoided })
}

/// The error of what cannot be.
func refused(_ body: () throws(SystemError) -> Void) -> String {
    do throws(SystemError) {
        try body()
        return "done"
    } catch {
        return error.description
    }
}

func run() throws(SystemError) {
    try values()
    try detached()
    try atomics()
    try joinsItself()
    print("stack:", refused { () throws(SystemError) in _ = try Thread.spawn(stackSize: 1 << 40) {} })
    print("core:", refused { () throws(SystemError) in _ = try Thread.spawn(core: 4096) {} })
    let nobody = ThreadIdentifier(rawValue: 30_000)
    print("nobody:", refused { () throws(SystemError) in _ = try nobody.priority() })
    Thread.setPriority(.high)
    print("priority:", Thread.priority == .high, try Thread.current.priority() == .high)
    print("processors:", Thread.processorCount >= 1 && Thread.availableParallelism >= 1)
}

do throws(SystemError) {
    try run()
} catch {
    print("failed:", error)
    exit(1)
}
