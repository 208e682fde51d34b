import CMachine
import KernelConsole
import KernelDescriptors
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks

/// The program's descriptors.
///
/// There is a table from the first function on that needs one: until then the
/// three standard streams are what they are (`StandardStream`), and an image
/// whose program opens nothing has nothing of this.
public enum Descriptors {
    // MARK: - The start

    /// Makes the table, unless there is one. No lock may be held.
    ///
    /// - Throws: `ENOMEM`; `ENOSYS` and `EAGAIN` where there can be no scheduler.
    @inline(__always)
    public static func start() throws(Errno) {
        if unsafe StreamState.root == nil { try startAlone() }
    }

    @inline(never)
    private static func startAlone() throws(Errno) {
        try Tasks.prepareToWait()
        machine_choose_copy()
        ConsoleStream.watchInput()
        let console = ConsoleStream.kind
        let block = unsafe kernelHeapAllocate(MemoryLayout<StreamState>.size, 64)
        guard let block = unsafe block else { throw .noMemory }
        let flags = StreamState.enterUnused()
        guard unsafe StreamState.root == nil else {
            StreamState.leaveUnused(flags)
            unsafe kernelHeapDeallocate(block)
            return
        }
        let state = unsafe block.assumingMemoryBound(to: StreamState.self)
        do throws(Errno) {
            try StreamTable.numberBits.fill(to: NumberTable.wordCount * 8, from: 0)
        } catch {
            StreamState.leaveUnused(flags)
            unsafe kernelHeapDeallocate(block)
            throw error
        }
        unsafe state.initialize(
            to: StreamState(
                numbers: NumberTable(
                    StreamTable.numbers.storage(of: NumberTable.Entry.self),
                    words: StreamTable.numberBits.storage(of: UInt64.self)),
                descriptions: SlotTable(StreamTable.descriptions.storage(of: Description.self)),
                observation: Observation(
                    sources: StreamTable.sources.storage(of: Source.self),
                    observers: StreamTable.observers.storage(of: Observer.self),
                    pollers: StreamTable.pollers.storage(of: Poller.self),
                    sets: StreamTable.sets.storage(of: InterestSet.self))))
        var error: Errno? = nil
        do throws(Errno) {
            // So that whoever looks for a number finds memory for one.
            try unsafe state.pointee.prepareNumber(0)
            // The first source is nobody's: who has none is looked up there.
            _ = try unsafe state.pointee.makeSource()
            try unsafe ConsoleStream.prepare(&state.pointee)
            ConsoleDevice.offer()
            unsafe ConsoleStream.adopt(StandardStream.handOver(), console, in: &state.pointee)
            unsafe StreamState.root = state
            DescriptorOperations.start(.table)
        } catch let failure { error = failure }
        StreamState.leaveUnused(flags)
        if let error { throw error }
    }

    // MARK: - Opening

    /// Gives what is behind it the lowest free number.
    ///
    /// - Parameters:
    ///   - operations: Its kind's; they stay.
    ///   - object: The word that the kind's functions get.
    ///   - isObserved: Its readiness changes, and `tell` says so; else it is
    ///     always ready.
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`; the object is still the caller's.
    public static func open(
        _ kind: ObjectKind, object: UInt64, flags: OpenFlags,
        isObserved: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        try start()
        return try locked { state throws(Errno) in
            let number = try state.freeNumber()
            let source = isObserved ? try state.makeSource() : .none
            do throws(Errno) {
                let description = try state.makeDescription(
                    kind, object: object, flags: flags, source: source)
                _ = state.setNumber(number, description, closesOnExec: closesOnExec)
                return Int32(number)
            } catch {
                if !source.isNone { state.observation.sources.give(source) }
                throw error
            }
        }
    }

    /// The same of what is always ready, where there is memory for it, without a word of why
    /// not.
    ///
    /// - Returns: `nil`: nothing was done, and `open` must.
    @inline(__always)
    public static func openQuickly(
        _ kind: ObjectKind, object: UInt64, flags: OpenFlags, closesOnExec: Bool
    ) -> Int32? {
        guard unsafe StreamState.root != nil else { return nil }
        let interrupts = StreamState.enter()
        let number = StreamState.shared.openQuickly(kind, object, flags, closesOnExec)
        StreamState.leave(interrupts)
        return number
    }

    /// Runs `body` with the tables, under the lock.
    @inline(__always)
    static func locked<Value>(
        _ body: (inout StreamState) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        return try body(&StreamState.shared)
    }

    // MARK: - Using

    /// Runs `body`, without a lock, with the object of a descriptor; it stays
    /// open meanwhile.
    ///
    /// - Parameter operations: The kind that it must be of; `nil`: any.
    /// - Throws: `EBADF` where there is no such descriptor, `wrongKind` where
    ///   it is of another kind, and what `body` throws.
    public static func with<Value>(
        _ number: Int32, of kind: ObjectKind?, wrongKind: Errno,
        _ body: (ObjectKind, UInt64, OpenFlags) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard unsafe StreamState.root != nil else {
            _ = try StandardStream(number)
            try start()
            return try with(number, of: kind, wrongKind: wrongKind, body)
        }
        let flags = StreamState.enter()
        let place = StreamState.shared.numbers.description(number)
        guard !place.isNone else {
            StreamState.leave(flags)
            throw .badFileDescriptor
        }
        let description = StreamState.shared.descriptions[place]
        guard kind == nil || kind?.word == description.operations else {
            StreamState.leave(flags)
            throw wrongKind
        }
        StreamState.shared.descriptions[place].references += 1
        StreamState.leave(flags)
        defer { release(place) }
        return try body(
            ObjectKind(word: description.operations), description.object, description.flags)
    }

    /// Gives a reference back.
    ///
    /// - Returns: The result of the close, where it was the last.
    @discardableResult
    static func release(_ place: Place) -> Int {
        let flags = StreamState.enter()
        let closing = StreamState.release(place)
        StreamState.leave(flags)
        return closing?.run() ?? 0
    }

    /// The description of a descriptor.
    ///
    /// - Throws: `EBADF`.
    static func description(
        _ number: Int32, in state: borrowing StreamState
    ) throws(Errno) -> Place {
        let place = state.numbers.description(number)
        guard !place.isNone else { throw .badFileDescriptor }
        return place
    }

    // MARK: - Closing

    /// Frees a number (POSIX, close); it is free whatever the result is.
    @inline(__always)
    public static func close(_ number: Int32) throws(Errno) {
        let flags = StreamState.enter()
        let place = StreamState.shared.numbers.clear(number)
        guard !place.isNone else {
            StreamState.leave(flags)
            throw .badFileDescriptor
        }
        let closing = StreamState.release(place)
        StreamState.leave(flags)
        let result = closing?.run() ?? 0
        if result < 0 { throw Errno(rawValue: Int32(-result)) }
    }

    /// The same where it is the last reference to what is closed in a moment.
    ///
    /// - Returns: As the kind's function has it; `ObjectOperations.refused`: nothing was
    ///   done, and `close` must.
    @inline(__always)
    static func closeQuickly(_ number: Int32) -> Int {
        let flags = StreamState.enter()
        guard let (kind, object) = StreamState.shared.clearQuickly(number) else {
            StreamState.leave(flags)
            return ObjectOperations.refused
        }
        StreamState.lock.unlock()
        let result = unsafe kind.operations.closeQuickly.unsafelyUnwrapped(object)
        machine_restore_interrupts(flags)
        return result == 0 ? 0 : kind.operations.close(object)
    }

    // MARK: - Duplicates

    /// A second number, the lowest free one from `first` on, for the same
    /// description (POSIX, dup, F_DUPFD).
    ///
    /// - Throws: `EBADF`; `EINVAL` where `first` is out of range; `EMFILE`.
    public static func duplicate(
        _ number: Int32, from first: Int32 = 0, closesOnExec: Bool = false
    ) throws(Errno) -> Int32 {
        try startFor(number)
        return try locked { state throws(Errno) in
            let place = try description(number, in: state)
            guard first >= 0, Int(first) < state.numbers.limit || first == 0 else {
                throw .invalidArgument
            }
            let new = try state.freeNumber(from: Int(first))
            state.descriptions[place].references += 1
            _ = state.setNumber(new, place, closesOnExec: closesOnExec)
            return Int32(new)
        }
    }

    /// Lets a number stand for the description of another, in place of what it
    /// stood for, in one step (POSIX, dup2).
    ///
    /// - Throws: `EBADF`, also where the new number is out of range.
    public static func duplicate(
        _ number: Int32, to new: Int32, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        try startFor(number)
        if let hook = unsafe onReplace, number != new, DescriptorOperations.current?.isOpen(number) == true {
            hook(new)
        }
        let old = try locked { state throws(Errno) in
            let place = try description(number, in: state)
            guard new >= 0, Int(new) < state.numbers.limit else { throw .badFileDescriptor }
            if number == new { return Place.none }
            try state.prepareNumber(Int(new))
            state.descriptions[place].references += 1
            return state.setNumber(Int(new), place, closesOnExec: closesOnExec)
        }
        if !old.isNone { release(old) }
        return new
    }

    /// Called when a number is about to stand for something else, open or not.
    nonisolated(unsafe) private static var onReplace: (@convention(c) (Int32) -> Void)? = nil

    public static func watchReplacing(_ hook: @convention(c) (Int32) -> Void) {
        unsafe onReplace = hook
    }

    /// Makes the table for a function of a descriptor that must be open.
    static func startFor(_ number: Int32) throws(Errno) {
        guard unsafe StreamState.root == nil else { return }
        // What is not open needs no table.
        _ = try StandardStream(number)
        try start()
    }

    // MARK: - Flags and limits

    public static func closesOnExec(_ number: Int32) throws(Errno) -> Bool {
        try startFor(number)
        return try locked { state throws(Errno) in
            _ = try description(number, in: state)
            return state.numbers.closesOnExec(number)
        }
    }

    public static func setClosesOnExec(_ number: Int32, _ closes: Bool) throws(Errno) {
        try startFor(number)
        try locked { state throws(Errno) in
            _ = try description(number, in: state)
            state.numbers.setClosesOnExec(number, closes)
        }
    }

    public static func flags(_ number: Int32) throws(Errno) -> OpenFlags {
        try startFor(number)
        return try locked { state throws(Errno) in
            state.descriptions[try description(number, in: state)].flags
        }
    }

    /// Changes those of `mask`.
    public static func setFlags(
        _ number: Int32, _ flags: OpenFlags, mask: OpenFlags = .changeable
    ) throws(Errno) {
        try startFor(number)
        try locked { state throws(Errno) in
            let place = try description(number, in: state)
            let mask = mask.intersection(.changeable)
            let others = state.descriptions[place].flags.subtracting(mask)
            state.descriptions[place].flags = others.union(flags.intersection(mask))
        }
    }

    /// RLIMIT_NOFILE: the limit and the hard one.
    public static var limit: (soft: Int, hard: Int) {
        guard unsafe StreamState.root != nil else {
            return (NumberTable.usualLimit, NumberTable.highestLimit)
        }
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        return (
            StreamState.shared.numbers.limit, StreamState.shared.numbers.hardLimit
        )
    }

    public static func setLimit(_ soft: Int, hard: Int) throws(Errno) {
        try start()
        try locked { state throws(Errno) in try state.numbers.setLimit(soft, hard: hard) }
    }
}

extension StreamState {
    /// Gives what has no source the lowest free number; `nil`, and nothing is done, where
    /// there is none, or no memory.
    @inline(__always)
    fileprivate mutating func openQuickly(
        _ kind: ObjectKind, _ object: UInt64, _ flags: OpenFlags, _ closesOnExec: Bool
    ) -> Int32? {
        guard let number = numbers.lowestFree(), number < numbers.capacity && descriptions.hasPlace
        else { return nil }
        var description = Description()
        description.references = 1
        description.flags = flags
        description.operations = kind.word
        description.object = object
        numbers.setFree(number, descriptions.take(description), closesOnExec: closesOnExec)
        return Int32(truncatingIfNeeded: number)
    }

    /// Takes a number and its description away; `nil`, and nothing is done, where others use
    /// the description, or what is behind it is not closed in a moment.
    @inline(__always)
    fileprivate mutating func clearQuickly(_ number: Int32) -> (ObjectKind, object: UInt64)? {
        let place = numbers.descriptionQuickly(number)
        guard let description = descriptions.find(place) else { return nil }
        let kind = ObjectKind(word: description.element.operations)
        let object = description.element.object
        guard description.element.references == 1 && kind.operations.closeQuickly != nil else { return nil }
        numbers.clearTaken(number)
        descriptions.give(place)
        return (kind, object)
    }

    /// The lock where there may be no state yet.
    static func enterUnused() -> UInt64 {
        enter()
    }

    static func leaveUnused(_ flags: UInt64) {
        lock.unlock()
        machine_restore_interrupts(flags)
    }
}
