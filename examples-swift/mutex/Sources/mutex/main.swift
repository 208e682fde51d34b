// What threads wait for each other with: a value in a mutex, a queue with
// conditions, semaphores, and waits that end by themselves.
import Hermit

/// Something that threads share.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
    let value: Value

    init(_ value: consuming Value) { self.value = value }
}

/// Adds one to a number so often, with a way in between for others to spoil it.
func count(_ times: Int, in number: Shared<Mutex<Int>>) {
    for i in 0..<times {
        number.value.withLock { number in
            let old = number
            if i % 50 == 0 { Thread.yield() }
            number = old + 1
        }
    }
}

func counters() throws(SystemError) {
    let number = Shared(Mutex(0))
    let a = try Thread.spawn { count(5000, in: number) }
    let b = try Thread.spawn { count(5000, in: number) }
    let c = try Thread.spawn { count(5000, in: number) }
    count(5000, in: number)
    try a.join()
    try b.join()
    try c.join()
    print("counted:", number.value.withLock { $0 })
}

/// A queue with room for three; who wants to put something into a full one, or
/// to take something from an empty one, waits.
final class Queue: Sendable {
    private let items = Mutex<[Int]>([])
    private let filled = Condition()
    private let emptied = Condition()
    private static let room = 3

    func put(_ item: Int) {
        items.withGuard { items in
            while items.value.count == Self.room { emptied.wait(&items) }
            items.value.append(item)
        }
        filled.signal()
    }

    func take() -> Int {
        let item = items.withGuard { items in
            while items.value.isEmpty { filled.wait(&items) }
            return items.value.removeFirst()
        }
        emptied.signal()
        return item
    }

    /// The next item; `nil` where none comes in time.
    func take(within duration: Duration) -> Int? {
        let deadline = MonotonicClock.Instant.now + duration
        return items.withGuard { items in
            while items.value.isEmpty {
                if !filled.wait(&items, until: deadline) { return nil }
            }
            return items.value.removeFirst()
        }
    }
}

func queues() throws(SystemError) {
    let (forward, backward) = (Queue(), Queue())
    let doubler = try Thread.spawn {
        var sum = 0
        while true {
            let item = forward.take()
            if item < 0 { return sum }
            sum += item
            backward.put(2 * item)
        }
    }
    let feeder = try Thread.spawn {
        for item in 1...500 { forward.put(item) }
        forward.put(-1)
    }
    var sum = 0
    for _ in 1...500 { sum += backward.take() }
    try feeder.join()
    print("taken:", try doubler.join(), "doubled:", sum)
    let start = MonotonicClock.Instant.now
    let nothing = backward.take(within: .milliseconds(20))
    let waited = MonotonicClock.Instant.now - start
    print("nothing comes:", nothing == nil && waited >= .milliseconds(20))
}

func semaphores() throws(SystemError) {
    // At most two at once, of five.
    let room = Shared(Semaphore(value: 2))
    let inside = Shared(Mutex((now: 0, most: 0)))
    let done = Shared(Semaphore())
    for _ in 0..<5 {
        _ = try Thread.spawn {
            for _ in 0..<100 {
                room.value.wait()
                inside.value.withLock { inside in
                    inside.now += 1
                    inside.most = max(inside.most, inside.now)
                }
                Thread.yield()
                inside.value.withLock { $0.now -= 1 }
                room.value.signal()
            }
            done.value.signal()
        }
    }
    for _ in 0..<5 { done.value.wait() }
    print("never more than two:", inside.value.withLock { $0.now == 0 && (1...2).contains($0.most) })
    print("room for two:", room.value.waitIfAvailable(), room.value.waitIfAvailable(),
        room.value.waitIfAvailable(), room.value.wait(for: .milliseconds(5)))
}

/// All wait for one thing, which comes once.
func broadcast() throws(SystemError) {
    let gate = Shared(Gate())
    let passed = Shared(Semaphore())
    for _ in 0..<4 {
        _ = try Thread.spawn {
            gate.value.pass()
            passed.value.signal()
        }
    }
    print("closed:", passed.value.wait(for: .milliseconds(10)))
    gate.value.open()
    for _ in 0..<4 { passed.value.wait() }
    print("all four passed")
}

struct Gate: ~Copyable, Sendable {
    private let isOpen = Mutex(false)
    private let opened = Condition()

    func pass() {
        isOpen.withGuard { isOpen in
            while !isOpen.value { opened.wait(&isOpen) }
        }
    }

    func open() {
        isOpen.withLock { $0 = true }
        opened.broadcast()
    }
}

func run() throws(SystemError) {
    try counters()
    let taken = Mutex(1)
    let inner = taken.withLock { _ in taken.withLockIfAvailable { $0 } }
    print("taken twice:", inner ?? -1, "free:", taken.withLockIfAvailable { $0 } ?? -1)
    try queues()
    try semaphores()
    try broadcast()
    let start = MonotonicClock.Instant.now
    try sleep(for: .milliseconds(3))
    try sleep(until: start + .milliseconds(6))
    try sleep(until: WallClock.Instant.now + .milliseconds(3))
    try sleep(for: .seconds(-1))
    print("slept:", MonotonicClock.Instant.now - start >= .milliseconds(6))
}

do throws(SystemError) {
    try run()
} catch {
    print("failed:", error)
    exit(1)
}
