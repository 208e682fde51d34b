import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport

/// The objects behind the handles of semaphores, locks and queues. The
/// scheduler's lock guards them.
enum WaitObjects {
    /// An empty table, for which there is no memory yet.
    static var emptyTable: ObjectTable {
        ObjectTable(
            unsafe SlotStorage(
                UnsafeMutablePointer(bitPattern: UInt(Layout.waitObjects)).unsafelyUnwrapped,
                count: 0))
    }

    private static let placesAtOnce = 4096 / MemoryLayout<WaitObject>.stride

    /// Makes an object; its handle.
    ///
    /// - Throws: `ENOMEM` when memory is exhausted.
    static func make(_ kind: WaitObject.Kind, value: Int32 = 0) throws(Errno) -> UInt64 {
        try Tasks.start()
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        if unsafe !Runtime.shared.pointee.waitObjects.hasPlace { try addPlaces() }
        return unsafe Runtime.shared.pointee.waitObjects.make(kind, value: value)
    }

    private static func addPlaces() throws(Errno) {
        let stride = UInt64(MemoryLayout<WaitObject>.stride)
        let count = unsafe Runtime.shared.pointee.waitObjects.count + placesAtOnce
        guard count <= ObjectTable.maximumObjects else { throw .noMemory }
        let end = Layout.waitObjects + UInt64(count) * stride
        var page = Layout.waitObjects + (unsafe UInt64(Runtime.shared.pointee.waitObjects.count) * stride) & ~4095
        let isMapped = unsafe Kernel.root.pointee.memory.withLock { memory in
            while page < end {
                if memory.space.tables.lookUp(page) == nil,
                    !memory.space.fill(page, reserved: false)
                {
                    return false
                }
                page += 4096
            }
            return true
        }
        guard isMapped else { throw .noMemory }
        unsafe Runtime.shared.pointee.waitObjects.addPlaces(to: count)
    }

    /// Runs `body` under the scheduler's lock with the object's place.
    ///
    /// - Throws: `EINVAL` where the handle is none, and what `body` throws.
    @inline(__always)
    static func with<Value>(
        _ handle: UInt64, _ kind: WaitObject.Kind, _ body: (Int) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard unsafe Runtime.root != nil else { throw .invalidArgument }
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        guard let place = unsafe Runtime.shared.pointee.waitObjects.find(handle, kind) else { throw .invalidArgument }
        return try body(place)
    }

    /// Ends an object that nobody holds or waits for.
    ///
    /// - Throws: `EINVAL`, and `EBUSY` where somebody does.
    static func destroy(_ handle: UInt64, _ kind: WaitObject.Kind) throws(Errno) {
        try with(handle, kind) { place throws(Errno) in
            let waiter = unsafe Runtime.shared.pointee.scheduler.firstWaiter(for: key(place))
            guard unsafe Runtime.shared.pointee.waitObjects[place].holder == nil, waiter.isNone else { throw .resourceBusy }
            unsafe Runtime.shared.pointee.waitObjects.remove(place)
        }
    }

    static func key(_ place: Int) -> WaitKey { WaitKey(.object, UInt64(place)) }

    static var currentTask: TaskIndex {
        unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
    }

    /// Blocks the running task on a semaphore or a queue.
    ///
    /// - Throws: `ETIMEDOUT`; `EINTR` where a signal has ended the wait.
    static func wait(for place: Int, until deadline: UInt64) throws(Errno) {
        let task = currentTask
        guard Runtime.isAhead(deadline) else { throw .timedOut }
        if Runtime.isSignalled(task) { throw .interrupted }
        if deadline == .max, let waiting = Runtime.beginToWait(for: key(place)) {
            Runtime.goOn(with: waiting)
        } else {
            unsafe Runtime.shared.pointee.scheduler.blockCurrent(
                on: Runtime.core, for: key(place), until: deadline)
            Runtime.reschedule()
        }
        let reason = unsafe Kernel.currentTask.pointee.wakeReason
        if let error = reason.error { throw error }
    }

    /// Blocks the running task on a lock, whose holder is `none` or
    /// another task; no signal ends that.
    static func wait(forLock place: Int, of holder: TaskIndex) {
        unsafe Runtime.shared.pointee.scheduler.blockCurrent(
            on: Runtime.core, for: key(place), until: .max, holder: holder)
        Runtime.reschedule()
    }
}

/// Counting semaphores. A post with a waiter is that waiter's.
public enum Semaphore {
    public static func make(value: Int32) throws(Errno) -> UInt64 {
        try WaitObjects.make(.semaphore, value: value)
    }

    public static func destroy(_ handle: UInt64) throws(Errno) {
        try WaitObjects.destroy(handle, .semaphore)
    }

    /// - Throws: `EOVERFLOW` at the largest value.
    public static func post(_ handle: UInt64) throws(Errno) {
        try WaitObjects.with(handle, .semaphore) { place throws(Errno) in
            if Runtime.wakeEqual(WaitObjects.key(place)) { return }
            let woken = unsafe Runtime.shared.pointee.scheduler.wake(
                WaitObjects.key(place), count: 1)
            if woken > 0 { return Runtime.settle() }
            guard unsafe Runtime.shared.pointee.waitObjects[place].value < .max else { throw .valueTooLarge }
            unsafe Runtime.shared.pointee.waitObjects[place].value += 1
        }
    }

    /// Takes one; waits for it until then.
    ///
    /// - Parameter deadline: On the monotonic clock; 0: does not wait.
    /// - Throws: `EAGAIN` where it does not wait, `ETIMEDOUT`, `EINTR`.
    public static func wait(_ handle: UInt64, until deadline: UInt64) throws(Errno) {
        try WaitObjects.with(handle, .semaphore) { place throws(Errno) in
            if unsafe Runtime.shared.pointee.waitObjects[place].value > 0 {
                unsafe Runtime.shared.pointee.waitObjects[place].value -= 1
                return
            }
            if deadline == 0 { throw .resourceTemporarilyUnavailable }
            try WaitObjects.wait(for: place, until: deadline)
        }
    }
}

/// Locks that one task at a time has: recursive ones, and those for short
/// moments. Whoever gives one up gives it to the first that waits.
public enum TaskLock {
    public static func make(_ kind: WaitObject.Kind) throws(Errno) -> UInt64 {
        try WaitObjects.make(kind)
    }

    public static func destroy(_ handle: UInt64, _ kind: WaitObject.Kind) throws(Errno) {
        try WaitObjects.destroy(handle, kind)
    }

    /// Takes a lock. With `maskingSpinLock` the core takes no interrupts from now on.
    ///
    /// - Throws: `EAGAIN` where a recursive one was taken too often.
    public static func lock(_ handle: UInt64, _ kind: WaitObject.Kind) throws(Errno) {
        guard unsafe Runtime.root != nil else { throw .invalidArgument }
        let flags = Runtime.enter()
        guard let place = unsafe Runtime.shared.pointee.waitObjects.find(handle, kind) else {
            Runtime.leave(flags)
            throw .invalidArgument
        }
        let task = WaitObjects.currentTask
        let identifier = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].identifier
        let holder = unsafe Runtime.shared.pointee.waitObjects[place].holder
        if holder == nil {
            unsafe Runtime.shared.pointee.waitObjects[place].holder = identifier
            unsafe Runtime.shared.pointee.waitObjects[place].depth = 1
            unsafe Runtime.shared.pointee.scheduler.changeHoldings(of: task, by: 1)
        } else if holder == identifier && kind == .mutex {
            guard unsafe Runtime.shared.pointee.waitObjects[place].depth < .max else {
                Runtime.leave(flags)
                throw .resourceTemporarilyUnavailable
            }
            unsafe Runtime.shared.pointee.waitObjects[place].depth += 1
        } else {
            // Whoever gives it up makes this task its holder.
            let lender = holder == identifier ? nil : holder
            WaitObjects.wait(
                forLock: place,
                of: lender.map { unsafe Runtime.shared.pointee.scheduler.find($0) } ?? .none)
        }
        guard kind == .maskingSpinLock else { return Runtime.leave(flags) }
        unsafe Runtime.shared.pointee.waitObjects[place].hadInterrupts = flags & 1 << 9 != 0
        Runtime.leave(0)
    }

    /// Gives a lock up.
    ///
    /// - Throws: `EPERM` where the caller does not hold a mutex, or nobody the lock.
    public static func unlock(_ handle: UInt64, _ kind: WaitObject.Kind) throws(Errno) {
        guard unsafe Runtime.root != nil else { throw .invalidArgument }
        let flags = Runtime.enter()
        guard let place = unsafe Runtime.shared.pointee.waitObjects.find(handle, kind) else {
            Runtime.leave(flags)
            throw .invalidArgument
        }
        let holder = unsafe Runtime.shared.pointee.waitObjects[place].holder
        let caller = unsafe Kernel.currentTask.pointee.identifier
        guard let holder, kind != .mutex || holder == caller else {
            Runtime.leave(flags)
            throw .notPermitted
        }
        unsafe Runtime.shared.pointee.waitObjects[place].depth -= 1
        let turnsOn = kind == .maskingSpinLock && (unsafe Runtime.shared.pointee.waitObjects[place].hadInterrupts)
        if unsafe Runtime.shared.pointee.waitObjects[place].depth == 0 { pass(place, from: holder) }
        Runtime.leave(turnsOn ? 1 << 9 : flags)
    }

    private static func pass(_ place: Int, from holder: TaskIdentifier) {
        let key = WaitObjects.key(place)
        // It may have ended with the lock.
        let task = unsafe Runtime.shared.pointee.scheduler.find(holder)
        if !task.isNone {
            unsafe Runtime.shared.pointee.scheduler.changeHoldings(of: task, by: -1)
        }
        let next = unsafe Runtime.shared.pointee.scheduler.firstWaiter(for: key)
        guard !next.isNone else {
            unsafe Runtime.shared.pointee.waitObjects[place].holder = nil
            return Runtime.settle()
        }
        unsafe Runtime.shared.pointee.waitObjects[place].holder =
            Runtime.shared.pointee.scheduler.tasks[next.place].identifier
        unsafe Runtime.shared.pointee.waitObjects[place].depth = 1
        unsafe Runtime.shared.pointee.scheduler.changeHoldings(of: next, by: 1)
        _ = unsafe Runtime.shared.pointee.scheduler.wake(key, count: 1)
        unsafe Runtime.shared.pointee.scheduler.changeHolder(for: key, to: next)
        Runtime.settle()
    }
}

/// Queues that a task enters before it waits in them, so that what is
/// notified in between is not lost.
public enum WaitQueue {
    public static func make() throws(Errno) -> UInt64 { try WaitObjects.make(.queue) }

    public static func destroy(_ handle: UInt64) throws(Errno) {
        try WaitObjects.destroy(handle, .queue)
    }

    /// The running task enters the queue.
    ///
    /// - Parameter deadline: When its `wait` gives up; `.max`: never.
    public static func enter(_ handle: UInt64, until deadline: UInt64) throws(Errno) {
        try WaitObjects.with(handle, .queue) { place throws(Errno) in
            unsafe Runtime.shared.pointee.waitObjects[place].depth += 1
            let task = WaitObjects.currentTask.place
            unsafe Runtime.shared.pointee.scheduler.tasks[task].context.queueDeadline = deadline
            unsafe Runtime.shared.pointee.scheduler.tasks[task].context.queue = handle
        }
    }

    /// Waits until it is notified; a task that has not entered does so now, for ever.
    public static func wait(_ handle: UInt64) throws(Errno) {
        try WaitObjects.with(handle, .queue) { place throws(Errno) in
            let task = WaitObjects.currentTask.place
            let context = unsafe Runtime.shared.pointee.scheduler.tasks[task].context
            var deadline = UInt64.max
            if context.queue == handle {
                unsafe Runtime.shared.pointee.scheduler.tasks[task].context.queue = 0
                deadline = context.queueDeadline
                unsafe Runtime.shared.pointee.waitObjects[place].depth -= 1
                if unsafe Runtime.shared.pointee.waitObjects[place].value > 0 {
                    unsafe Runtime.shared.pointee.waitObjects[place].value -= 1
                    return
                }
            }
            try WaitObjects.wait(for: place, until: deadline)
        }
    }

    /// Wakes so many of the tasks in the queue, those that wait already first.
    public static func notify(_ handle: UInt64, count: Int) throws(Errno) {
        try WaitObjects.with(handle, .queue) { place throws(Errno) in
            let woken = unsafe Runtime.shared.pointee.scheduler.wake(
                WaitObjects.key(place), count: count)
            let object = unsafe Runtime.shared.pointee.waitObjects[place]
            let entered = Int(object.depth - object.value)
            unsafe Runtime.shared.pointee.waitObjects[place].value += Int32(max(min(count - woken, entered), 0))
            if woken > 0 { Runtime.settle() }
        }
    }
}
