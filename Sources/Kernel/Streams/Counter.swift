import KernelDescriptors
import KernelMain
import KernelSupport
import Synchronization

/// An eventfd: a counter that is written to and read (Linux, eventfd(2)).
struct Counter: ObservedRecord {
    var nextFree = Place.none
    var value = EventCounter(0, isSemaphore: false)
    var source = Place.none

    static let table = StreamTable.counters

    static func with<Value>(
        _ state: inout StreamState, _ body: (inout SlotTable<Self>) throws(Errno) -> Value
    ) throws(Errno) -> Value { try body(&state.counters) }

    mutating func read(_ transfer: inout Transfer) -> Int {
        guard transfer.remaining >= 8 else { return Errno.invalidArgument.result }
        var rest = value
        guard let given = rest.read() else { return mustWait }
        // What can't be stored is not taken.
        guard transfer.store(given) else { return Errno.badAddress.result }
        value = rest
        Descriptors.tell(source, .writable)
        return 8
    }

    mutating func write(_ transfer: inout Transfer) -> Int {
        guard transfer.remaining >= 8 else { return Errno.invalidArgument.result }
        // Where it has to wait, what was read is read again.
        let start = transfer
        guard let amount = transfer.load() else { return Errno.badAddress.result }
        guard amount <= EventCounter.largest else { return Errno.invalidArgument.result }
        guard value.add(amount) else {
            transfer = start
            return mustWait
        }
        if amount > 0 { Descriptors.tell(source, .readable) }
        return 8
    }

    var readiness: Readiness {
        var ready: Readiness = []
        if value.isReadable { ready.insert(.readable) }
        if value.isWritable { ready.insert(.writable) }
        return ready
    }

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.anonymous,
                read: { word, transfer in
                    StreamState.shared.counters[Place(Int(word))].read(
                        &Transfer[transfer])
                },
                write: { word, transfer in
                    StreamState.shared.counters[Place(Int(word))].write(
                        &Transfer[transfer])
                },
                close: { word in
                    StreamState.shared.counters.give(Place(Int(word)))
                    return 0
                },
                tellsAll: true, changesByMoves: true,
                readiness: { word in
                    StreamState.shared.counters[Place(Int(word))].readiness.rawValue
                })
        }
    }
}

extension Descriptors {
    /// Makes an eventfd.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func makeCounter(
        _ value: UInt64, isSemaphore: Bool, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        try start()
        let kind = Counter.kind
        return try locked { state throws(Errno) in
            try state.open(
                kind, Counter(value: EventCounter(value, isSemaphore: isSemaphore)),
                isNonBlocking: isNonBlocking, closesOnExec: closesOnExec)
        }
    }
}

extension StreamState {
    /// Gives an object that others observe the lowest free number.
    mutating func open(
        _ kind: ObjectKind, object: UInt64, flags: OpenFlags,
        closesOnExec: Bool, set: Place = .none
    ) throws(Errno) -> Int32 {
        let number = try freeNumber()
        let source = try makeSource()
        do throws(Errno) {
            let description = try makeDescription(
                kind, object: object, flags: flags, source: source, set: set)
            _ = setNumber(number, description, closesOnExec: closesOnExec)
            return Int32(number)
        } catch {
            observation.sources.give(source)
            throw error
        }
    }
}
